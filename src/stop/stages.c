#include "stop/stages.h"

enum {
	RUN = STAGE_RUN,
	DRAIN = STAGE_DRAIN,
	CANCEL = STAGE_CANCEL,
	TERM = STAGE_TERM,
	KILL = STAGE_KILL,
	GIVE_UP = STAGE_GIVE_UP,
	FIRST = STAGE_COUNT, /* the answer is in --on-signal */
};

/* Where an event leads to from RUN, DRAIN, CANCEL, TERM, KILL, GIVE_UP. */
static const struct {
	unsigned char next[STAGE_COUNT], deed[STAGE_COUNT];
} table[EVENT_COUNT] = {
	[EVENT_SIGNAL] = {
		{ FIRST, TERM, TERM, KILL, KILL, GIVE_UP }, { 0 } },
	[EVENT_HUP] = {
		{ FIRST, DRAIN, CANCEL, TERM, KILL, GIVE_UP }, { 0 } },
	[EVENT_QUIT] = {
		{ KILL, KILL, KILL, KILL, KILL, GIVE_UP }, { 0 } },
	[EVENT_EXPIRED] = {
		{ RUN, TERM, TERM, KILL, GIVE_UP, GIVE_UP }, { 0 } },
	[EVENT_PIPE] = {
		{ TERM, TERM, TERM, TERM, KILL, GIVE_UP }, { 0 } },
	[EVENT_FAILURE] = {
		{ CANCEL, CANCEL, CANCEL, TERM, KILL, GIVE_UP }, { 0 } },
	[EVENT_DEADLINE] = {
		{ CANCEL, TERM, TERM, TERM, KILL, GIVE_UP }, { 0 } },
	[EVENT_HALT_SOON] = {
		{ CANCEL, CANCEL, CANCEL, TERM, KILL, GIVE_UP }, { 0 } },
	[EVENT_HALT_NOW] = {
		{ TERM, TERM, TERM, TERM, KILL, GIVE_UP }, { 0 } },
	/* A job that is being ended has to move, to take its TERM. */
	[EVENT_PAUSE] = {
		{ RUN, DRAIN, CANCEL, TERM, KILL, GIVE_UP },
		{ DEED_PAUSE, DEED_PAUSE, DEED_PAUSE } },
	[EVENT_CONTINUE] = {
		{ RUN, DRAIN, CANCEL, TERM, KILL, GIVE_UP },
		{ DEED_RESUME, DEED_RESUME, DEED_RESUME, DEED_RESUME } },
	/* How many run at once is of no use any more in a run that ends. */
	[EVENT_MORE] = {
		{ RUN, DRAIN, CANCEL, TERM, KILL, GIVE_UP },
		{ DEED_MORE, DEED_STATUS, DEED_STATUS, DEED_STATUS } },
	[EVENT_FEWER] = {
		{ RUN, DRAIN, CANCEL, TERM, KILL, GIVE_UP },
		{ DEED_FEWER, DEED_STATUS, DEED_STATUS, DEED_STATUS } },
};

struct step
stage_next(enum stage now, enum event e, enum stage first)
{
	unsigned char next = table[e].next[now];

	return (struct step){
		.next = next == FIRST ? first : (enum stage)next,
		.deed = (enum deed)table[e].deed[now],
	};
}

int64_t
stage_span_within(int64_t grace)
{
	/* To be told, to tell, and to be reaped. */
	const int64_t rest = STAGE_KILL_SPAN + STAGE_KILL_SPAN / 5;

	return grace > rest ? (grace - rest) / 2 : 0;
}
