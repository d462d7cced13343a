#ifndef WEIR_EVENTEND_H
#define WEIR_EVENTEND_H

struct bytes;
struct job;

/*
 * Append the members of the event that the job's last attempt has ended: which
 * one, when, how, and what it used.  After feed_start.
 */
void eventend_add(struct bytes *b, const struct job *job);

#endif
