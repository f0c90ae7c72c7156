# shellcheck shell=dash
# Waits for the Lease of a service, and makes it this run's. Needs lease.sh and pipeline-run.sh.

# acquire: the oldest run first. What the last holder recorded is kept, for this run to finish.
acquire() {
	local until first other said=
	until=$(($(now) + QUEUE_SECONDS))
	since=$(began)
	until create_lease "$(members "$notes/run" "$RUN" "$notes/since" "$since")${PIPELINE_RUN:+,$(members "$notes/pipeline-run" "$PIPELINE_RUN")}"; do
		while read_lease; do
			first=$(waiting_runs | awk 'NR == 1 { print $2 }')
			other=$(lease_field holder)
			other=${other:-$first}
			if held || { [ "${first:-$RUN}" = "$RUN" ] && free; }; then
				! take || return 0
			else
				wait_in_line
			fi
			[ "$(now)" -lt "$until" ] ||
				give_up "run $other has had the service $SERVICE for all of the $QUEUE_SECONDS seconds that this one may wait; look at that run, and run the pipeline again"
			pause
		done
	done
}

# began: when this run did, in a form that can be compared.
began() {
	local when=
	[ -z "$PIPELINE_RUN" ] || when=$(look_at "$PIPELINE_RUN" '{{.metadata.creationTimestamp}}') || when=
	printf '%s' "${when:-$(date -u +%Y-%m-%dT%H:%M:%SZ)}"
}

# take: makes the lease this run's.
take() {
	local list
	last_holder=$(recorded pipeline-run)
	list=$(members "$notes/queue.$RUN" '' "$notes/why.$RUN" '' "$notes/since" "$since" "$notes/pipeline-run" "$PIPELINE_RUN")
	if [ -n "$(recorded run)" ]; then
		list="$list,$(members "$notes/because" '')"
	else
		# What stands there is no run's.
		list="$list,$(members "$notes/run" "$RUN"),$(nothing_recorded)"
	fi
	write_lease "$RUN" "$LEASE_SECONDS" "$list"
}

free() {
	[ -n "$(lease_field holder)" ] || return 0
	case $(holder_state) in
	ended) return 0 ;;
	runs) return 1 ;;
	esac
	not_renewed_for "$(lease_field seconds)"
}

# holder_state: whether the PipelineRun of the lease's holder has ended or still runs; nothing where that can't be seen.
holder_state() {
	local run state found=0
	run=$(recorded pipeline-run)
	matches "$run" '[a-z0-9.-]+/[a-z0-9.-]+' || return 0
	state=$(look_at "$run" '{{.metadata.uid}} {{with .status}}{{range .conditions}}{{if eq .type "Succeeded"}}{{.status}}{{end}}{{end}}{{end}}') || found=$?
	case $found:$state in
	"$not_found":* | 0:*" True" | 0:*" False") printf ended ;;
	0:"$(lease_field holder) "*) printf runs ;;
	0:*) printf ended ;;
	esac
}

# wait_in_line: does what the policy says.
wait_in_line() {
	[ -n "$said" ] || say "run $other has the service $SERVICE or is before this one; concurrency is $CONCURRENCY"
	said=yes
	case $CONCURRENCY in
	rejectNewer)
		give_up "another run has the service $SERVICE, and concurrency is rejectNewer; run the pipeline again when that one has ended"
		;;
	cancelOlder)
		if newer_run_waits "$since" || [ "$(printf '%s\n%s\n' "$since" "$(recorded since)" | LC_ALL=C sort | tail -n 1)" != "$since" ]; then
			give_up "a newer run has the service $SERVICE or waits for it, and concurrency is cancelOlder; there is nothing to do: the newer run goes on"
		fi
		;;
	esac
	join_queue
}

# join_queue: says that this run is alive and waits.
join_queue() {
	local entry seen
	entry=$(lease_field "$notes/queue.$RUN")
	seen=${entry#* }
	seen=${seen%% *}
	# Anybody who may write the Lease may have written this.
	case $seen in *[!0-9]* | 0?*) seen=0 ;; esac
	[ "$(now)" -ge $((${seen:-0} + LEASE_SECONDS / 6)) ] || return 0
	queue_change "$(members "$notes/queue.$RUN" "$since $(now) $CONCURRENCY")"
}

queue_change() {
	kube patch lease "$lease" --type merge -p "{\"metadata\":{\"annotations\":{$1}}}" >/dev/null || :
}

give_up() {
	queue_change "$(members "$notes/queue.$RUN" '' "$notes/why.$RUN" "$1")"
	fail "$1"
}
