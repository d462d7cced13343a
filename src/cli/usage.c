#include "cli/usage.h"

#include <stddef.h>
#include <stdio.h>

#include "base/countof.h"
#include "config.h"

/* A string a group: ISO C promises no string longer than 4095 bytes. */
/* clang-format off */
static const char *const help[] = {
"Usage: weir [option ...]                     each record is a command line\n"
"       weir [option ...] 'command line'      {} in it is the record\n"
"       weir [option ...] command arg ...     no shell; {} is the record\n"
"       weir [option ...] [command] ::: value ...  or  :::: file ...\n"
"Run commands for all records of the input, several at once.\n"
"\n"
"Examples:\n"
"  weir -j 4 --retries=3 --dead-letter=failed.jsonl <commands\n"
"  weir --redrive=failed.jsonl\n"
"  find . -name '*.log' -print0 | weir -0 gzip -9\n"
"  weir 'convert {} -resize 50% {.}.jpg' ::: *.png\n"
"\n"
"An argument of a long option may follow it as the next word.  SIZE is in\n"
"bytes, or has K, M or G behind it.  D is in seconds, or has ms, s, m, h or\n"
"d behind it, as in 1h30m.  TEMPLATE may have placeholders in it.\n",

"\n"
"Command: {} {.} {..} {+.} {/} {//} {/.} {2} {-1} {name} {#} {0#} {%}\n"
"  -I, --replace=STRING    STRING instead of {}\n"
"      --guard-dash        values that begin with - get ./ in front\n"
"      --shell[=PATH]      run everything by the shell [/bin/sh], several\n"
"                          words joined by blanks\n"
"      --workdir=TEMPLATE  where jobs run; also --wd\n"
"      --env=NAME=TEMPLATE\n"
"                          a variable for jobs; repeatable\n"
"      --stdin-from=TEMPLATE\n"
"                          the file that is a job's standard input\n",

"\n"
"Sources and columns: ::: values, :::: files, :::+ and ::::+ in step\n"
"      --link              all sources in step, not every combination\n"
"  -C, --colsep=REGEX      split records into columns\n"
"      --csv               the same, by RFC 4180\n"
"      --header=:          the first record names the columns\n"
"      --trim=WHERE        blanks of values: l, r, lr or n for none\n"
"      --strict-columns    a record with too few columns fails\n"
"  -r, --no-run-if-empty   skip records of nothing but blanks\n",

"\n"
"Batches:\n"
"  -n, --max-args=N        up to N records a job\n"
"  -N, --max-replace-args=N\n"
"                          the same, as {1} to {N}\n"
"  -L, --max-lines=N       up to N lines a job\n"
"  -m, --multiple          as many as fit\n"
"  -X, --context-replace   the same, each with the word around it\n"
"  -s, --max-chars=SIZE    longest command\n"
"  -x, --exit              end if -n, -L or -N do not fit\n"
"      --max-wait=D        wait no longer for the rest of a batch\n",

"\n"
"Data:\n"
"      --pipe              jobs get pieces of the input's data on stdin\n"
"      --block=SIZE        about how long a piece is [1M]\n"
"      --recstart=STRING   what a record begins with\n"
"      --recend=STRING     what a record ends with [newline]\n",

"\n"
"Input:\n"
"  -a, --arg-file=FILE     read records from FILE; repeatable;\n"
"                          - is standard input, which is the default\n"
"  -0, --null              records end with a NUL byte\n"
"  -d, --delimiter=STRING  records end with STRING, which may hold escapes:\n"
"                          \\n \\t \\r \\0 \\\\ \\ooo \\xhh\n"
"      --keep-empty        empty records are jobs too\n"
"      --max-line=SIZE     longest record [131071]\n"
"      --queue=N           how many jobs may wait [1024]\n"
"      --queue-bytes=SIZE  and how many bytes they may take [64M]\n",

"\n"
"Workers:\n"
"  -j, --jobs=N            jobs at once: N, N%, +N or -N [usable cpus]\n"
"  -P, --max-procs=N       the same\n"
"      --ctty              jobs keep the terminal\n"
"      --nice=N            added to the nice value of jobs\n"
"      --oom-score-adj=N   which the kernel ends when memory runs out: the\n"
"                          larger, the sooner the job\n"
"      --clean-env         jobs get little of weir's environment\n"
"      --close-fds         jobs get descriptors 0, 1 and 2 only\n"
"      --keep-sigpipe      jobs get SIGPIPE and SIGXFSZ as weir got them\n",

"\n"
"Output:\n"
"      --group             whole jobs, each as it ends (default)\n"
"  -k, --keep-order        whole jobs, in the order of the input\n"
"      --line-buffer       whole lines, as they come; also --lb\n"
"  -u, --ungroup           jobs write to weir's stdout and stderr\n"
"      --tag               each line begins with the values and a TAB\n"
"      --tagstring=TEMPLATE\n"
"                          each line begins with TEMPLATE and a TAB\n"
"      --escape-output     escape control characters in output\n"
"      --results=DIR       stdout, stderr and record of each job in files\n"
"      --buffer=SIZE       output of a job that is held in memory [1M]\n"
"      --spill=SIZE        output of all jobs that is held in files [1G]\n"
"      --keep-going-on-epipe\n"
"                          run everything even if nobody reads stdout\n",

"\n"
"Failure:\n"
"      --retries=N         attempts after the first [0]\n"
"      --backoff=BASE..CAP\n"
"                          wait before a retry [1s..60s]\n"
"      --retry-on=LIST     retry only these: codes, ranges, signals, timeout\n"
"      --no-retry-on=LIST  never retry these\n"
"      --retry-max-elapsed=D\n"
"                          no retry later than D after the job's first start\n"
"      --seed=N            make the random waits repeatable\n"
"      --dead-letter=FILE  append what fails for good to FILE\n"
"      --redrive=FILE      run what is in FILE again, and mark what succeeds\n"
"      --force             --redrive even what was redriven 3 times already\n"
"      --joblog=FILE       a line for each job, as GNU parallel writes it\n"
"      --resume-failed     run what is not in the job log, or failed in it\n"
"      --retry-failed      run what failed in the job log, without input\n",

"\n"
"Journal:\n"
"      --journal=FILE      write to FILE what is needed to resume the run\n"
"      --resume            go on where the run in the journal or log ended\n"
"      --takeover          end what still runs of a run that was killed\n"
"      --salvage           go on without what is damaged in the journal\n"
"      --sync=HOW          force it to the disk: batch, each or none [batch]\n"
"      --journal-wait=D    for room on a full disk [60s]\n",

"\n"
"Stopping:\n"
"      --on-signal=SPEC    drain, cancel or now; or INT=cancel,TERM=drain\n"
"                          [cancel]\n"
"      --shutdown-timeout=D\n"
"                          how long running jobs may go on then [3s]\n"
"      --term-grace=D      from TERM to KILL [2s]\n"
"      --forward-signal    end jobs with the signal that stopped the run\n"
"      --timeout=D         end a job that takes longer\n"
"      --linger=D          wait for output of what a job left behind [2s]\n"
"      --deadline=D        stop the whole run after D, exit 75\n"
"      --halt=SPEC         never, or now|soon,fail|success|done=N or =N%\n"
"      --stragglers=HOW    what a job leaves running: leave, kill or fail\n"
"                          [leave]\n"
"      --cgroup            each job in a cgroup of its own, so that nothing\n"
"                          it starts can get away\n"
"      --no-guard          jobs go on if weir itself is killed\n"
"      --signal-exit=HOW   signal or code: die of the signal or exit 128+n\n"
"                          [signal]\n",

"\n"
"Looking at a run:\n"
"      --status=JOURNAL    how it stands with the run in JOURNAL, run nothing\n"
"      --format=FORM       text or json, for --status [text]\n",

"\n"
"Telling:\n"
"  -v, --verbose           tell each attempt, and always the summary\n"
"  -t, --trace             print each job on stderr before it is run\n"
"      --redact=REGEX      keep what matches out of messages; repeatable\n"
"      --events=FILE       append each change of state to FILE, as JSON; a\n"
"                          number is a descriptor\n"
"      --dry-run           print the jobs as command lines, run nothing\n"
"  -q, --quiet             no summary, only failures\n"
"  -h, --help              print this help\n"
"  -V, --version           print the version\n",

"\n"
"Exit status: 0 all is well, 1 a job failed for good, 2 usage, 3 weir could\n"
"not do its duty, 75 stopped with work left; a signal that stopped the run is\n"
"what weir dies of.\n"
"\n"
"The manual is 'man weir'.\n",
};
/* clang-format on */

/* 0 if everything written so far was accepted, else -1 with errno. */
static int
written(void)
{
	return fflush(stdout) == EOF || ferror(stdout) ? -1 : 0;
}

int
usage_help(void)
{
	for (size_t i = 0; i < countof(help); i++)
		if (fputs(help[i], stdout) == EOF)
			return -1;
	return written();
}

int
usage_version(void)
{
	if (fputs("weir " WEIR_VERSION "\n"
		  "Licence: ISC.  There is no warranty.\n",
		stdout) == EOF)
		return -1;
	return written();
}

void
usage_short(void)
{
	fputs("weir: nothing to do: standard input is a terminal\n"
	      "Usage: weir [option ...] <commands\n"
	      "       weir [option ...] command arg ... <arguments\n"
	      "       weir [option ...] command arg ... ::: argument ...\n"
	      "  -a -                   read what is typed\n"
	      "  -j N                   jobs at once\n"
	      "  --retries=N            attempts after the first\n"
	      "  --dead-letter=FILE     keep what fails for good\n"
	      "  --redrive=FILE         run that again\n"
	      "Try 'weir --help' for more information.\n",
	    stderr);
}
