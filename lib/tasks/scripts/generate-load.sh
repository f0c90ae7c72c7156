#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# The step of LoadTask: has the load generator beside it send requests at a constant rate, until the experiment has ended
# or is gone, nobody waits for its end any more, a stop file is there, or the deadline is over.
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
check_run
check url "$URL" 'https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~!&()*+,;=:@%/?-]*)?' \
	'an http or https URL without spaces and quotes' 2000
[ -z "$HOST" ] || check host "$HOST" '[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?' 'a DNS name' 259
check per-second "$PER_SECOND" '[0-9]{1,6}(\.[0-9]{1,3})?' 'requests per second, with at most three decimals'
check connections "$CONNECTIONS" '[1-9][0-9]{0,3}' 'a number from 1 to 9999'
check mesh "$MESH" 'true|false' 'true or false'
check_number deadline "$DEADLINE_SECONDS"
[ -z "$MAX_ERROR_RATE" ] || check max-error-rate "$MAX_ERROR_RATE" '0(\.[0-9]{1,9})?|1(\.0{1,9})?' 'a number from 0 to 1'

# A request from a pod without a sidecar straight to the service goes past the routing, to all versions.
target=${URL#*://}
target=$(printf '%s' "${target%%[/:?]*}" | tr '[:upper:]' '[:lower:]')
case ${target%.} in
"$SERVICE" | "$SERVICE.$NAMESPACE" | "$SERVICE.$NAMESPACE.svc" | "$SERVICE.$NAMESPACE.svc.cluster.local")
	[ "$MESH" = true ] ||
		fail "param url leads straight to service $SERVICE, past the routing, so the experiment would see nothing; send it through Istio's ingress gateway with a host, or from inside the mesh" ;;
esac

. "$(dirname "$0")/kubectl.sh"
. "$(dirname "$0")/experiment.sh"
. "$(dirname "$0")/generator.sh"
experiment=$EXPERIMENT experiment_uid=$EXPERIMENT_UID

if [ -z "$experiment" ]; then
	say 'there is no experiment, so there is nothing to send requests for'
	exit
fi

# finish WHY: stops and reports, whoever asks for it.
finish() {
	trap - TERM INT
	say "stopping: $1"
	end
	write_results
	say "$(total requests) requests, $(total errors) of them failed; half took at most $(total p50) ms, 99 % at most $(total p99) ms"
	[ "$(total requests)" != 0 ] || say "no request was sent: is $URL right, and did anything answer there?"
	[ -z "$MAX_ERROR_RATE" ] ||
		awk -v requests="$(total requests)" -v errors="$(total errors)" -v most="$MAX_ERROR_RATE" 'BEGIN { exit !(requests > 0 && errors <= requests * most) }' ||
		fail "$(total errors) of $(total requests) requests failed; expected at most a share of $MAX_ERROR_RATE; see whether $URL${HOST:+ with host $HOST} leads to the service"
	exit
}

write_results() {
	result "$RESULT_REQUESTS" "$(total requests)"
	result "$RESULT_ERRORS" "$(total errors)"
	result "$RESULT_P50_MILLIS" "$(total p50)"
	result "$RESULT_P90_MILLIS" "$(total p90)"
	result "$RESULT_P99_MILLIS" "$(total p99)"
}

# look: asks once for the experiment's state, without waiting for an API server that does not answer.
look() {
	(API_SECONDS=0 REQUEST_SECONDS=1 && read_experiment) 2>"$scratch/silence" || {
		set -- $?
		rm -f "$told"
		return "$1"
	}
}

await_generator
until=$(($(now) + DEADLINE_SECONDS))
trap 'finish "this task was ended"' TERM INT
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
		begin_again
	fi
	pause
done
finish 'the deadline is over'
