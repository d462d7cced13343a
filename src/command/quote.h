#ifndef WEIR_QUOTE_H
#define WEIR_QUOTE_H

struct bytes;

/*
 * Append a word so that every shell reads it as that word: as it is if nothing
 * in it means anything to one, else in single quotes.
 */
void quote_add(struct bytes *out, const char *word);

#endif
