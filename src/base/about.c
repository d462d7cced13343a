#include "base/about.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/escape.h"
#include "base/log.h"

void
log_about(const char *name, int error, const char *format, ...)
{
	struct bytes line = { 0 };
	char *text;
	va_list ap;
	int n;

	escape_add(&line, name, strlen(name));
	bytes_adds(&line, ": ");
	va_start(ap, format);
	n = vasprintf(&text, format, ap);
	va_end(ap);
	if (n >= 0) {
		bytes_add(&line, text, (size_t)n);
		free(text);
	}
	if (error != 0)
		bytes_addf(&line, ": %s", log_errno(error));
	log_bytes(&line);
	bytes_free(&line);
}

void
log_foreign(const char *format, ...)
{
	struct bytes line = { 0 };
	char *text;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vasprintf(&text, format, ap);
	va_end(ap);
	if (n < 0)
		return;
	escape_add(&line, text, (size_t)n);
	free(text);
	log_bytes(&line);
	bytes_free(&line);
}
