#include "settle/tally.h"

struct exit_status
tally_status(const struct verdict_of_run *v)
{
	bool unfinished = !v->input_ended || v->tally.abandoned > 0;

	/* Who was stopped by a signal, or by its reader going away, owes
	 * nobody the output of what it ended. */
	if (v->duty_failed || (v->tally.undelivered > 0 && v->signal == 0))
		return (struct exit_status){ STATUS_DUTY, 0 };
	/* A stop that left nothing undone has stopped nothing. */
	if (v->stopped && unfinished && v->signal != 0)
		return (struct exit_status){ 128 + v->signal, v->signal };
	/* With --halt, what was left is what a failure asked for. */
	if (unfinished && (!v->halted || v->tally.failed == 0))
		return (struct exit_status){ STATUS_LEFT, 0 };
	if (v->tally.failed > 0 || v->left_out > 0)
		return (struct exit_status){ STATUS_FAILED, 0 };
	return (struct exit_status){ STATUS_OK, 0 };
}
