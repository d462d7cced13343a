#ifndef WEIR_INPUTS_H
#define WEIR_INPUTS_H

/*
 * The names of the inputs that jobs of a file came from: each is kept once, for
 * as long as jobs point to it.  Used by the reader alone.
 */

/* The kept one of that name; takes over the memory of this one. */
const char *inputs_keep(char *name);
/* To be called when no job is left: they all go away. */
void inputs_forget(void);

#endif
