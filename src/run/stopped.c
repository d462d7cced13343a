#include "run/stopped.h"

#include <errno.h>
#include <stdint.h>
#include <sys/wait.h>

#include "base/bytes.h"
#include "base/log.h"
#include "job/job.h"
#include "policy/causes.h"

/* WNOWAIT: the answer stays the same for as long as it is true. */
int
stopped_by(pid_t child)
{
	siginfo_t info = { 0 };
	int n;

	do
		n = waitid(P_PID, (id_t)child, &info,
		    WSTOPPED | WNOHANG | WNOWAIT);
	while (n == -1 && errno == EINTR);
	if (n == -1 || info.si_pid == 0)
		return 0;
	return info.si_status;
}

void
stopped_tell(const struct job *job, pid_t group, int signal)
{
	struct bytes b = { 0 };

	bytes_addf(&b, "job %ju: stopped by %s; kill -CONT -%jd lets it go on: ",
	    (uintmax_t)job->seq, causes_signal_name(signal), (intmax_t)group);
	job_describe(job, &b);
	log_bytes(&b);
	bytes_free(&b);
}
