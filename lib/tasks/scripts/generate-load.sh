#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# The step of LoadTask: has the load generator beside it send requests at a constant rate, until the experiment has ended
# or is gone, a stop file is there, or the deadline is over.
#
# The generator is fortio as a server, which a sidecar runs: it answers on this pod's own address only.
set -eu
. "$(dirname "$0")/common.sh"

for file in "$RESULT_REQUESTS" "$RESULT_ERRORS" "$RESULT_P50_MILLIS" "$RESULT_P90_MILLIS" "$RESULT_P99_MILLIS"; do
	result "$file" 0
done

check_label namespace "$NAMESPACE"
check_label service "$SERVICE"
optional check_name experiment "$EXPERIMENT"
check run "$RUN" '[a-z0-9][-a-z0-9]{0,56}' "the uid of the PipelineRun"
check url "$URL" 'https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~!&()*+,;=:@%/?-]*)?' \
	'an http or https URL without spaces and quotes'
[ -z "$HOST" ] || check host "$HOST" '[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?' 'a DNS name'
check per-second "$PER_SECOND" '[0-9]{1,6}(\.[0-9]{1,3})?' 'requests per second'
check connections "$CONNECTIONS" '[1-9][0-9]{0,3}' 'a number from 1 to 9999'
check_number deadline "$DEADLINE_SECONDS"
[ -z "$MAX_ERROR_RATE" ] || check max-error-rate "$MAX_ERROR_RATE" '0(\.[0-9]{1,9})?|1(\.0{1,9})?' 'a number from 0 to 1'

# A request from a pod without a sidecar straight to the service goes past the routing, to all versions.
target=${URL#*://}
target=${target%%[/:?]*}
case $target in
"$SERVICE" | "$SERVICE.$NAMESPACE" | "$SERVICE.$NAMESPACE.svc" | "$SERVICE.$NAMESPACE.svc.cluster.local")
	[ "$MESH" = true ] ||
		fail "param url leads straight to service $SERVICE, past the routing, so the experiment would see nothing; send it through Istio's ingress gateway with a host, or from inside the mesh" ;;
esac

. "$(dirname "$0")/kubectl.sh"
. "$(dirname "$0")/experiment.sh"
experiment=$EXPERIMENT experiment_uid=$EXPERIMENT_UID
: "${GENERATOR:=http://localhost:8080/fortio/rest}"
: "${START_SECONDS:=60}"
: "${SILENCE_SECONDS:=5}"

if [ -z "$experiment" ]; then
	say 'there is no experiment, so there is nothing to send requests for'
	exit
fi

# ask PATH [PARAM=VALUE ...]: a question to the generator; values are encoded, so none can become another param.
ask() {
	local path=$1 left=$#
	shift
	while [ "$left" -gt 1 ]; do
		set -- "$@" --data-urlencode "$1"
		shift
		left=$((left - 1))
	done
	curl -sS --get "$@" "$GENERATOR/$path"
}

# begin: sends requests from now on, for no longer than what is left until the deadline, whatever becomes of this script.
begin() {
	: >"$scratch/report.json"
	ask run "url=$URL" ${HOST:+"H=Host: $HOST"} "qps=$PER_SECOND" "c=$CONNECTIONS" "t=$((until - $(now)))s" p=50,90,99 \
		allow-initial-errors=on nocatchup=on >"$scratch/report.json" 2>"$scratch/curl" &
	running=$!
}

# end: stops sending, and adds what came of it to the totals. The highest percentiles count.
end() {
	[ -n "$running" ] || return 0
	ask stop wait=true >/dev/null 2>&1 || :
	wait "$running" || :
	running=
	printf '{"apiVersion":"v1","kind":"Report","metadata":{"name":"report"},"report":%s}' "$(cat "$scratch/report.json")" >"$scratch/wrapped.json"
	kubectl patch --local -f "$scratch/wrapped.json" --type merge -p '{}' -o go-template='{{with .report}}{{with .DurationHistogram}}requests {{.Count}}
{{range .Percentiles}}p{{.Percentile}} {{.Value}}
{{end}}{{end}}{{range $code, $count := .RetCodes}}code {{$code}} {{$count}}
{{end}}{{end}}' >>"$scratch/numbers" 2>"$scratch/curl" ||
		say "the load generator gave no report: $(tail -n 1 "$scratch/report.json" | cut -c 1-300)"
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
	value=$(sed -n "s/^$1 //p" "$scratch/totals")
	printf '%s' "${value:-0}"
}

# finish WHY: stops and reports, whoever asks for it.
finish() {
	trap - EXIT TERM INT
	say "stopping: $1"
	end
	result "$RESULT_REQUESTS" "$(total requests)"
	result "$RESULT_ERRORS" "$(total errors)"
	result "$RESULT_P50_MILLIS" "$(total p50)"
	result "$RESULT_P90_MILLIS" "$(total p90)"
	result "$RESULT_P99_MILLIS" "$(total p99)"
	say "$(total requests) requests, $(total errors) of them failed; half took at most $(total p50) ms, 99 % at most $(total p99) ms"
	[ "$(total requests)" != 0 ] || say "no request was sent: is $URL right, and did anything answer there?"
	[ -z "$MAX_ERROR_RATE" ] ||
		awk -v requests="$(total requests)" -v errors="$(total errors)" -v most="$MAX_ERROR_RATE" 'BEGIN { exit !(requests > 0 && errors <= requests * most) }' ||
		fail "$(total errors) of $(total requests) requests failed; expected at most a share of $MAX_ERROR_RATE; see whether $URL${HOST:+ with host $HOST} leads to the service"
	exit
}

# look: asks once for the experiment's state, without waiting for an API server that does not answer.
look() { (API_SECONDS=0 REQUEST_SECONDS=3 && read_experiment) 2>"$scratch/silence"; }

running=
until=$(($(now) + DEADLINE_SECONDS))
: >"$scratch/numbers"
: >"$scratch/totals"
begun=$(now)
until curl -s -o /dev/null --max-time 2 "$GENERATOR/status"; do
	[ $(($(now) - begun)) -lt "$START_SECONDS" ] || fail "the load generator did not start within $START_SECONDS seconds; look at the log of the sidecar"
	pause
done

trap 'finish "this task was ended"' TERM INT
trap 'ask stop >/dev/null 2>&1 || :' EXIT
say "sending $PER_SECOND requests per second to $URL${HOST:+ with host $HOST} until experiment $experiment has ended, for at most $DEADLINE_SECONDS seconds"
begin
heard=$(now)
while [ "$(now)" -lt "$until" ]; do
	[ -z "$STOP_FOLDER" ] || [ ! -e "$STOP_FOLDER/$RUN" ] || finish 'the stop file is there'
	seen=0
	look || seen=$?
	if [ "$seen" = 0 ]; then
		heard=$(now)
		! completed || finish 'the experiment has ended'
		if [ -z "$running" ]; then
			say 'the API server answers again'
			begin
		fi
	elif [ "$seen" = "$not_found" ]; then
		finish 'the experiment is gone'
	elif [ -n "$running" ] && [ $(($(now) - heard)) -ge "$SILENCE_SECONDS" ]; then
		# Nobody would tell when the load has to end.
		say "pausing: $(tail -n 1 "$scratch/silence")"
		end
	fi
	if [ -n "$running" ] && ! kill -0 "$running" 2>/dev/null; then
		wait "$running" || :
		[ "$(now)" -ge "$until" ] || fail "the load generator stopped by itself: $(tail -n 1 "$scratch/report.json" | cut -c 1-300) $(cat "$scratch/curl")"
	fi
	pause
done
finish 'the deadline is over'
