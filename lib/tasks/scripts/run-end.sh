# shellcheck shell=dash
# Whether anything is still to come of the run that the load is for. Needs lease.sh and pipeline-run.sh.

: "${LOOK_SECONDS:=5}"
last_look=0
had_it=

# run_is_over: tells in `why` why nothing more is to come. Who may not see the Lease and the PipelineRun can't tell.
run_is_over() {
	local idle=''
	[ $(($(now) - last_look)) -ge "$LOOK_SECONDS" ] || return 1
	last_look=$(now)
	if look read_lease && ! held && [ -n "$had_it" ]; then
		why='another run, or a person, has taken the service over'
		return
	fi
	if held; then
		had_it=yes
		[ -z "$(recorded verdict)" ] || {
			why="the verdict is $(recorded verdict)"
			return
		}
	fi
	! not_renewed_for $((LEASE_SECONDS / 3)) || idle=yes
	# Tekton begins no more tasks then. Those that are under way may still see to the experiment: they renew the lease.
	look stopping || return 1
	if held && [ -n "$(recorded because)" ]; then
		why="the run has failed: $(recorded because)"
	elif ! held || [ -n "$idle" ]; then
		why='a task of the run has failed, or somebody has ended the run'
	else
		return 1
	fi
}

# stopping: whether a task has failed, or somebody wants the run to end. As long as there are tasks under finally, Tekton gives
# Running as the reason, and counts only.
stopping() {
	[ -n "$PIPELINE_RUN" ] || return 1
	case $(look_at "$PIPELINE_RUN" '{{with .spec.status}}{{.}}{{end}} {{with .status}}{{range .conditions}}{{if eq .type "Succeeded"}}{{.reason}} {{.message}}{{end}}{{end}}{{end}}') in
	StoppedRunFinally' '* | CancelledRunFinally' '* | ' PipelineRunStopping '* | *'(Failed: '[1-9]* | *'Cancelled '[1-9]*) ;;
	*) return 1 ;;
	esac
}
