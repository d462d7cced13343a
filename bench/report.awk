# report.awk -v row=ID | -v tsv=FILE: of rows.tsv and raw.tsv, in this order, the
# figures of one row; or the table of all that have a target, and FILE with all
# figures, a line a row and tool.
#
# A ratio is made of two runs of the same round, so that what slows the machine
# down for a while slows both; shown is the middle one of all rounds, and what
# the middle half of them lies between.

BEGIN {
	FS = OFS = "\t"
}

FILENAME ~ /rows\.tsv$/ {
	ids[++nids] = $1
	reference[$1] = $2
	direction[$1] = $3
	target[$1] = $4
	unit[$1] = $5
	title[$1] = $6
	next
}

{
	key = $1 SUBSEP $3
	if (!(key in mark)) {
		tools[$1, ++ntools[$1]] = $3
		mark[key] = $4
	}
	if ($8 != "-")
		note[key] = $8
	if ($7 > peak[key])
		peak[key] = $7
	if ($2 + 1 > rounds[$1])
		rounds[$1] = $2 + 1
	if ($5 > jobs[$1])
		jobs[$1] = $5
	# What did not do its work has no figure.
	if ($8 == "-" && $6 > 0)
		value[$1, $3, $2] = direction[$1] == "rate" ? $5 / $6 : $6
}

function sort(v, n, i, k, x) {
	for (i = 2; i <= n; i++) {
		x = v[i]
		for (k = i - 1; k > 0 && v[k] > x; k--)
			v[k + 1] = v[k]
		v[k + 1] = x
	}
}

# Where the part p of n sorted values lies.
function part(v, n, p, at, low) {
	at = 1 + (n - 1) * p
	low = int(at)
	return low == n ? v[n] : v[low] + (at - low) * (v[low + 1] - v[low])
}

# Of the values of a tool, or of their ratios to those of another: mid, low and
# high, the middle and the quartiles.  How many there were.
function middle(id, tool, other, r, n, v) {
	for (r = 0; r < rounds[id]; r++) {
		if (!((id, tool, r) in value))
			continue
		if (other == "")
			v[++n] = value[id, tool, r]
		else if ((id, other, r) in value)
			v[++n] = value[id, tool, r] / value[id, other, r]
	}
	if (n == 0)
		return 0
	sort(v, n)
	mid = part(v, n, 0.5)
	low = part(v, n, 0.25)
	high = part(v, n, 0.75)
	return n
}

# What has the target: the ratio, or the value if there is no reference.
function compared(id, tool) {
	return middle(id, tool, reference[id] == "-" ? "" : reference[id])
}

function figure(id, x) {
	if (unit[id] == "s")
		return sprintf("%.3f ms", x * 1000)
	return sprintf("%.0f", x)
}

function ratio(x) {
	return sprintf(x < 0.1 ? "%.3f" : x < 100 ? "%.2f" : "%.0f", x)
}

function spread() {
	return ratio(low) " to " ratio(high)
}

# Of weir's middle, low and high.
function verdict(id, less) {
	less = direction[id] == "time"
	if (less ? mid <= target[id] : mid >= target[id])
		return "reached"
	if (less ? low <= target[id] : high >= target[id])
		return "within the spread"
	return "not reached"
}

function things(id, n) {
	if (unit[id] == "lines/s" || unit[id] == "KiB")
		return n > 1 ? n " lines" : "lines"
	return n " " (n > 1 ? "jobs" : "job")
}

function row_show(id, i, tool, key, of, line) {
	printf "\n%s (%s; %s, %d %s)\n", title[id], id, things(id, jobs[id]),
	    rounds[id], (rounds[id] > 1 ? "rounds" : "round")
	of = reference[id] == "-" ? "" : "of " reference[id]
	printf "  %-13s %12s %12s %16s %10s %9s\n", "", (unit[id] == "s" ? "" : unit[id]),
	    of, (of == "" ? "" : "middle half"), (has_weir(id) ? "weir/it" : ""),
	    "peak KiB"
	for (i = 1; i <= ntools[id]; i++) {
		tool = tools[id, i]
		key = id SUBSEP tool
		line = sprintf("  %-11s %s", tool, mark[key] == "?" ? "-" : mark[key])
		if (middle(id, tool, "") == 0) {
			print line " " note[key]
			continue
		}
		line = line sprintf(" %12s", figure(id, mid))
		if (of != "" && middle(id, tool, reference[id]))
			line = line sprintf(" %12s %16s", ratio(mid), spread())
		else
			line = line sprintf(" %12s %16s", "", "")
		line = line sprintf(" %10s", tool != "weir" &&
		    middle(id, "weir", tool) ? ratio(mid) : "")
		line = line sprintf(" %9s", peak[key] > 0 ? peak[key] : "")
		print line (key in note ? "  " note[key] " in some runs" : "")
	}
}

function has_weir(id) {
	return (id SUBSEP "weir") in mark
}

# The best of the others, as "name ratio".
function best(id, i, tool, is, value_is) {
	for (i = 1; i <= ntools[id]; i++) {
		tool = tools[id, i]
		if (tool == "weir" || tool == "limit" || !compared(id, tool) ||
		    tool == reference[id])
			continue
		if (is == "" || (direction[id] == "time" ? mid < value_is : mid > value_is)) {
			is = tool
			value_is = mid
		}
	}
	return is == "" ? "-" : is " " ratio(value_is) \
	    (mark[id SUBSEP is] == "u" ? " u" : "")
}

# Why weir has no ratio there.
function missing(id) {
	if ((id SUBSEP "weir") in note)
		return "weir: " note[id, "weir"]
	return "no " reference[id] " to compare with"
}

function table_show(i, id, n, rest) {
	printf "\n%-42s %8s %7s %15s  %-17s %s\n", "", "target", "weir",
	    "middle half", "best peer", ""
	for (i = 1; i <= nids; i++) {
		id = ids[i]
		if (target[id] == "-")
			continue
		rest = best(id)
		n = compared(id, "weir")
		if (n == 0) {
			printf "%-42s %8s %7s %15s  %-17s %s\n", title[id], target[id],
			    "-", "", rest, missing(id)
			continue
		}
		printf "%-42s %s %5s %7s %15s  %-17s %s\n", title[id],
		    (direction[id] == "time" ? "<=" : ">="), target[id],
		    ratio(mid), spread(), rest, verdict(id)
	}
}

function tsv_write(i, k) {
	print "row", "tool", "prints", "unit", "value", "reference", "ratio",
	    "ratio_q1", "ratio_q3", "rounds", "weir_by_it", "peak_kib", "target",
	    "verdict", "note", "title" >tsv
	for (i = 1; i <= nids; i++)
		for (k = 1; k <= ntools[ids[i]]; k++)
			tsv_line(ids[i], tools[ids[i], k])
}

function tsv_line(id, tool, key, n, value_is, ratios, verdict_is, by) {
	key = id SUBSEP tool
	n = middle(id, tool, "")
	value_is = n ? sprintf("%.6g", mid) : "-"
	ratios = "-" OFS "-" OFS "-"
	verdict_is = "-"
	if (compared(id, tool)) {
		if (reference[id] != "-")
			ratios = sprintf("%.4f\t%.4f\t%.4f", mid, low, high)
		if (tool == "weir" && target[id] != "-")
			verdict_is = verdict(id)
	}
	by = has_weir(id) && middle(id, "weir", tool) ? sprintf("%.4f", mid) : "-"
	print id, tool, mark[key], unit[id], value_is, reference[id], ratios, n, by,
	    peak[key] + 0, target[id], verdict_is,
	    (key in note) ? note[key] : "-", title[id] >tsv
}

END {
	if (row != "")
		row_show(row)
	else {
		tsv_write()
		table_show()
	}
}
