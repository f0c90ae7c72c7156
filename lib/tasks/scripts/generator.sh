# shellcheck shell=dash
# The load generator's REST API, and what came of what it sent. Needs common.sh and kubectl.sh.

: "${GENERATOR:=http://localhost:8080/fortio/rest}"
: "${START_SECONDS:=60}"
: "${SILENCE_SECONDS:=5}"
# The process that waits for the report of what is being sent.
running=
said_problem=
: >"$scratch/numbers"
: >"$scratch/totals"

# Whatever ends the step ends the load, too.
trap 'set -- $?; ask stop >/dev/null 2>&1 || :; end_of_step "$1"' EXIT

# ask PATH [PARAM=VALUE ...]: a question to the generator; values are encoded, so none can become another param.
ask() {
	local path=$1 left=$#
	shift
	while [ "$left" -gt 1 ]; do
		set -- "$@" --data-urlencode "$1"
		shift
		left=$((left - 1))
	done
	curl -sS --get --max-time "${answer_seconds:-5}" "$@" "$GENERATOR/$path"
}

await_generator() {
	local begun
	begun=$(now)
	until curl -s -o /dev/null --max-time 2 "$GENERATOR/status"; do
		[ $(($(now) - begun)) -lt "$START_SECONDS" ] || fail "the load generator did not start within $START_SECONDS seconds; look at the log of the sidecar"
		pause
	done
}

# begin: sends requests from now on, for no longer than what is left until the deadline, whatever becomes of this script.
begin() {
	local left=$((until - $(now)))
	: >"$scratch/report.json"
	# Tekton passes on the signal that ends a pod to all processes; this one still has to bring the report.
	(
		trap '' TERM INT
		answer_seconds=$((left + 30))
		ask run "url=$URL" ${HOST:+"H=Host: $HOST"} "qps=$PER_SECOND" "c=$CONNECTIONS" "t=${left}s" p=50,90,99 \
			allow-initial-errors=on nocatchup=on >"$scratch/report.json" 2>"$scratch/curl"
	) &
	running=$!
}

# begin_again: the generator ends a little early, by its count of requests. It gives no report when it can't send any, which
# is to be expected as long as there may be no version of the service.
begin_again() {
	local problem
	wait "$running" || :
	running=
	if ! add_report; then
		problem="the load generator stopped by itself: $(tail -n 1 "$scratch/report.json" | cut -c 1-300) $(cat "$scratch/curl")"
		if [ -n "$experiment" ]; then
			write_results
			fail "$problem"
		fi
		[ -n "$said_problem" ] || say "$problem; trying again"
		said_problem=yes
	fi
	begin
}

# end: stops sending, and adds what came of it to the totals.
end() {
	[ -n "$running" ] || return 0
	ask stop wait=true >/dev/null 2>&1 || :
	wait "$running" || :
	running=
	add_report || say "the load generator gave no report: $(tail -n 1 "$scratch/report.json" | cut -c 1-300)"
}

# add_report: the highest percentiles count.
add_report() {
	[ -s "$scratch/report.json" ] || return 1
	printf '{"apiVersion":"v1","kind":"Report","metadata":{"name":"report"},"report":%s}' "$(cat "$scratch/report.json")" >"$scratch/wrapped.json"
	kubectl patch --local -f "$scratch/wrapped.json" --type merge -p '{}' -o go-template='{{with .report}}{{with .DurationHistogram}}requests {{.Count}}
{{range .Percentiles}}p{{.Percentile}} {{.Value}}
{{end}}{{end}}{{range $code, $count := .RetCodes}}code {{$code}} {{$count}}
{{end}}{{end}}' >"$scratch/report" 2>"$scratch/curl" && grep -q '^requests ' "$scratch/report" || return
	cat "$scratch/report" >>"$scratch/numbers"
	awk '
		$1 == "requests" { requests += $2 }
		$1 == "code" && ($2 < 200 || $2 >= 400) { errors += $3 }
		/^p/ && $2 > slowest[$1] { slowest[$1] = $2 }
		END {
			printf "requests %d\nerrors %d\n", requests, errors
			for (p in slowest) printf "%s %d\n", p, slowest[p] * 1000 + 0.5
		}
	' "$scratch/numbers" >"$scratch/totals"
}

total() {
	local value
	value=$(told_in "$scratch/totals" "$1")
	printf '%s' "${value:-0}"
}

# write_results: the results of the task.
write_results() {
	result "$RESULT_REQUESTS" "$(total requests)"
	result "$RESULT_ERRORS" "$(total errors)"
	result "$RESULT_P50_MILLIS" "$(total p50)"
	result "$RESULT_P90_MILLIS" "$(total p90)"
	result "$RESULT_P99_MILLIS" "$(total p99)"
}
