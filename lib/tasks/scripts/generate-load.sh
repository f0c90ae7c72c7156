#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# The step of LoadTask: has the load generator beside it send requests at a constant rate, until the experiment has ended
# or is gone, nothing more is to come of the run, a stop file is there, or the deadline is over.
#
# In pipelines that begin with the load before there is an experiment, it finds that by the run.
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
check_number experiment-deadline "$EXPERIMENT_SECONDS"
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
. "$(dirname "$0")/pipeline-run.sh"
. "$(dirname "$0")/lease.sh"
. "$(dirname "$0")/experiment.sh"
. "$(dirname "$0")/generator.sh"
. "$(dirname "$0")/run-end.sh"
experiment=$EXPERIMENT experiment_uid=$EXPERIMENT_UID

if [ -z "$experiment" ] && [ "$EXPERIMENT_SECONDS" = 0 ]; then
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
	# What fails before there is an experiment says nothing about a candidate.
	[ -z "$MAX_ERROR_RATE" ] || [ -z "$experiment" ] ||
		awk -v requests="$(total requests)" -v errors="$(total errors)" -v most="$MAX_ERROR_RATE" 'BEGIN { exit !(requests > 0 && errors <= requests * most) }' ||
		fail "$(total errors) of $(total requests) requests failed; expected at most a share of $MAX_ERROR_RATE; see whether $URL${HOST:+ with host $HOST} leads to the service"
	exit
}

# look COMMAND ...: asks once, without waiting for an API server that does not answer.
look() {
	(API_SECONDS=0 REQUEST_SECONDS=1 && "$@") 2>"$scratch/silence" || {
		set -- $?
		rm -f "$told"
		return "$1"
	}
}

# look_at_experiment: or for it, where it is not known yet.
look_at_experiment() {
	if [ -z "$experiment" ]; then
		look experiment_of_run >"$scratch/found" || return
		read -r experiment experiment_uid <"$scratch/found" || return 0
		say "the experiment is $experiment; sending requests for at most $DEADLINE_SECONDS seconds from now on"
		until=$(($(now) + DEADLINE_SECONDS))
	fi
	look read_experiment
}

await_generator
seconds=$DEADLINE_SECONDS
[ -n "$experiment" ] || seconds=$EXPERIMENT_SECONDS
until=$(($(now) + seconds))
trap 'finish "this task was ended"' TERM INT
say "sending $PER_SECOND requests per second to $URL${HOST:+ with host $HOST} until experiment ${experiment:-of this run} has ended, for at most $seconds seconds"
begin
heard=$(now)
while [ "$(now)" -lt "$until" ]; do
	[ -z "$STOP_FOLDER" ] || [ ! -e "$STOP_FOLDER/$RUN" ] || finish 'the stop file is there'
	seen=0
	look_at_experiment || seen=$?
	if [ "$seen" = 0 ]; then
		heard=$(now)
		! completed || finish 'the experiment has ended'
		! run_is_over || finish "$why"
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
