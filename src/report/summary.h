#ifndef WEIR_SUMMARY_H
#define WEIR_SUMMARY_H

struct report_end;
struct report_policy;

/* For report_summary, see report.h: the same with its policy. */
void summary_print(const struct report_policy *policy,
    const struct report_end *e);

#endif
