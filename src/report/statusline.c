#include "report/statusline.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/redact.h"
#include "report/facts.h"

#define DAY ((int64_t)24 * 3600)

enum {
	COMMAND_MAX = 400, /* bytes of a command */
	WIDTH_MIN = 40,    /* no narrower terminal is believed */
};

size_t
statusline_width(void)
{
	struct winsize w;

	if (isatty(STDOUT_FILENO) != 1 ||
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == -1 || w.ws_col == 0)
		return 0;
	return w.ws_col < WIDTH_MIN ? WIDTH_MIN : w.ws_col;
}

/* Where the character behind the first n begins, or the end. */
static size_t
skip(const struct bytes *b, size_t n)
{
	size_t at = 0;

	for (; n > 0 && at < b->len; n--) {
		at++;
		while (at < b->len && ((unsigned char)b->data[at] & 0xc0) ==
		    0x80)
			at++;
	}
	return at;
}

void
statusline_item(struct bytes *b, size_t width)
{
	size_t shown = width > 0 ? skip(b, width) : b->len;

	if (shown < b->len) {
		b->len = skip(b, width - 3);
		bytes_adds(b, "...");
	}
	bytes_addc(b, '\n');
	fwrite(b->data, 1, b->len, stdout);
	bytes_clear(b);
}

void
statusline_print(struct bytes *b)
{
	statusline_item(b, 0);
}

void
statusline_foreign(struct bytes *b, const char *from, size_t n)
{
	struct bytes safe = { 0 };

	escape_add(&safe, from, n);
	redact_add(b, safe.data != NULL ? safe.data : "", safe.len);
	bytes_free(&safe);
}

void
statusline_span(struct bytes *b, int64_t span)
{
	int64_t s = span / CLOCK_SECOND;

	if (span < 0)
		span = s = 0;
	if (s < 60)
		bytes_addf(b, "%.1f s", clock_seconds(span));
	else if (s < 3600)
		bytes_addf(b, "%d min %02d s", (int)(s / 60), (int)(s % 60));
	else if (s < 2 * DAY)
		bytes_addf(b, "%d h %02d min", (int)(s / 3600),
		    (int)(s / 60 % 60));
	else
		bytes_addf(b, "%" PRId64 " d %d h", s / DAY,
		    (int)(s / 3600 % 24));
}

void
statusline_command(struct facts *f, uint64_t offset, struct bytes *b)
{
	struct record r;
	size_t shown;

	bytes_adds(b, ": ");
	if (!facts_command(f, offset, &r)) {
		bytes_adds(b, "(its line cannot be read)");
		return;
	}
	shown = redact_cut(r.cmd.data, r.cmd.len,
	    r.cmd.len < COMMAND_MAX ? r.cmd.len : COMMAND_MAX);
	statusline_foreign(b, r.cmd.data, shown);
	if (shown < r.cmd.len || r.partial)
		bytes_adds(b, "...");
	record_free(&r);
}
