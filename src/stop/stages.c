#include "stop/stages.h"

/* The answer is in --on-signal. */
#define FIRST STAGE_COUNT

/* clang-format off */
static const unsigned char table[EVENT_COUNT][STAGE_COUNT] = {
	/*                     RUN           DRAIN         CANCEL        TERM           KILL           GIVE_UP */
	[EVENT_SIGNAL]    = { FIRST,        STAGE_TERM,   STAGE_TERM,   STAGE_KILL,    STAGE_KILL,    STAGE_GIVE_UP },
	[EVENT_HUP]       = { FIRST,        STAGE_DRAIN,  STAGE_CANCEL, STAGE_TERM,    STAGE_KILL,    STAGE_GIVE_UP },
	[EVENT_QUIT]      = { STAGE_KILL,   STAGE_KILL,   STAGE_KILL,   STAGE_KILL,    STAGE_KILL,    STAGE_GIVE_UP },
	[EVENT_EXPIRED]   = { STAGE_RUN,    STAGE_TERM,   STAGE_TERM,   STAGE_KILL,    STAGE_GIVE_UP, STAGE_GIVE_UP },
	[EVENT_PIPE]      = { STAGE_TERM,   STAGE_TERM,   STAGE_TERM,   STAGE_TERM,    STAGE_KILL,    STAGE_GIVE_UP },
	[EVENT_FAILURE]   = { STAGE_CANCEL, STAGE_CANCEL, STAGE_CANCEL, STAGE_TERM,    STAGE_KILL,    STAGE_GIVE_UP },
	[EVENT_DEADLINE]  = { STAGE_CANCEL, STAGE_TERM,   STAGE_TERM,   STAGE_TERM,    STAGE_KILL,    STAGE_GIVE_UP },
	[EVENT_HALT_SOON] = { STAGE_CANCEL, STAGE_CANCEL, STAGE_CANCEL, STAGE_TERM,    STAGE_KILL,    STAGE_GIVE_UP },
	[EVENT_HALT_NOW]  = { STAGE_TERM,   STAGE_TERM,   STAGE_TERM,   STAGE_TERM,    STAGE_KILL,    STAGE_GIVE_UP },
};
/* clang-format on */

enum stage
stage_next(enum stage now, enum event e, enum stage first)
{
	unsigned char next = table[e][now];

	return next == FIRST ? first : (enum stage)next;
}
