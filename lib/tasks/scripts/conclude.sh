# shellcheck shell=dash disable=SC2034
# Ends what a run has begun: the experiment, the traffic, the version that lost. Needs lease.sh, routing.sh, experiment.sh.
#
# Everything here can be done again: by the same task after its pod was killed, by the run's `finally`, or by the next
# run when this one was cancelled without one. docs/verdicts.md has the table of all end states.

: "${END_SECONDS:=90}"
verdict=
winner=
reason=
image=

# load_record: takes up what the holder of the lease has recorded.
load_record() {
	baseline=$(recorded baseline)
	candidate=$(recorded candidate)
	experiment=$(recorded experiment)
	experiment_uid=$(recorded experiment-uid)
	image=$(recorded image)
	verdict=$(recorded verdict)
	winner=$(recorded winner)
	reason=$(recorded reason)
}

# conclude VERDICT REASON: what to call it when the experiment has not ended by itself, and why it is ended now.
conclude() {
	if [ -n "$verdict" ]; then
		return
	fi
	if [ -n "$experiment" ]; then
		end_experiment "$1" "$2"
	fi
	read_routing || :
	completed || read_experiment || :
	judge "$1" "$2"
	settle
	record_for "$HANDOVER_SECONDS" verdict "$verdict" winner "$winner" reason "$reason"
}

# end_experiment VERDICT REASON: has iter8 give all traffic to a version that runs, and waits for that.
end_experiment() {
	local until patch
	read_experiment && ! completed || return 0
	[ -n "$(recorded ended)" ] || record ended "$1" ended-because "$2"
	read_routing || :
	patch=$ITER8_TERMINATE
	if ! available "$baseline" && available "$candidate"; then
		patch=$(printf '%s' "$ITER8_PROMOTE" | sed "s/@candidate@/$candidate/")
	fi
	say "ending experiment $experiment: $2"
	until=$(($(now) + END_SECONDS))
	override "$patch" || :
	while read_experiment && ! completed; do
		if [ "$(now)" -ge "$until" ]; then
			say "iter8 has not ended the experiment within $END_SECONDS seconds, so it is deleted; is iter8's controller running?"
			kube delete "$ITER8_RESOURCE" "$experiment" --wait=false >/dev/null || [ $? = "$not_found" ]
			return
		fi
		renew
		pause
	done
}

# judge VERDICT REASON: who has won. The weights decide, those in the status together with those in the routing.
judge() {
	local ended because
	ended=$(recorded ended)
	because=$(recorded ended-because)
	winner=$baseline
	if [ -z "$baseline" ] && available "$candidate" && [ "$1" = winner ]; then
		verdict=winner winner=$candidate reason="$2"
	elif [ -z "$experiment" ] || [ ! -s "$scratch/state" ] && [ -z "$experiment_uid" ]; then
		verdict=$1 reason="$2"
	elif [ ! -s "$scratch/state" ] && [ -n "$ended" ]; then
		verdict=$ended reason="$because"
	elif [ ! -s "$scratch/state" ]; then
		judge_deleted
	elif ! completed; then
		verdict=${ended:-$1} reason="${because:-$2}"
	elif [ "$(weight candidate)" = 100 ]; then
		judge_candidate "$ended" "$because"
	elif [ -n "$ended" ]; then
		verdict=$ended reason="$because"
	elif [ "$(weight baseline)" != 100 ]; then
		verdict=inconclusive winner=''
		reason="the experiment left $(weight baseline) % of the traffic on the baseline and $(weight candidate) % on the candidate; decide which to keep, and delete the other"
	elif exists "$baseline" && [ "$(traffic "$baseline")" != 100 ]; then
		verdict=aborted reason="the experiment ended ($(state message)), but its routing does not give all traffic to the baseline"
	elif ended_by_person; then
		verdict=aborted reason="a person ended the experiment"
	elif [ "$(state routing)" = False ]; then
		verdict=aborted reason="the experiment lost its routing or never had any: $(state message)"
	elif [ -n "$(state lost)" ] || [ "$(state winner)" = "$baseline" ]; then
		verdict=baseline reason="the candidate did not meet the criteria"
	elif [ -z "$(state criteria)" ]; then
		verdict=inconclusive reason="the experiment has no criteria, so nothing can win"
	else
		verdict=inconclusive reason="no winner was found; was there enough traffic?"
	fi
}

# judge_deleted: what remains of an experiment is its routing, which iter8 calls stable once an experiment has ended.
judge_deleted() {
	verdict=aborted reason="the experiment $experiment was deleted before its end"
	if [ "$(traffic "$candidate")" = 100 ] && [ "$(router_role)" = stable ]; then
		verdict=winner winner=$candidate reason="the candidate has all the traffic; the experiment was deleted after its end"
	fi
}

# judge_candidate ENDED BECAUSE: the status gives all traffic to the candidate.
judge_candidate() {
	if ! exists "$candidate"; then
		verdict=aborted reason="the candidate won, but somebody deleted it"
	elif [ "$(traffic "$candidate")" != 100 ]; then
		verdict=aborted reason="the experiment ended ($(state message)), but its routing does not give all traffic to the candidate"
	elif [ -n "$1" ] && ! available "$baseline"; then
		verdict=aborted winner=$candidate reason="$2; the baseline does not run, so the traffic is on the candidate"
	elif [ -z "$1" ] && ended_by_person; then
		verdict=winner winner=$candidate reason="a person ended the experiment in the candidate's favour"
	else
		verdict=winner winner=$candidate reason="the candidate met the criteria and has all the traffic"
	fi
}

# settle: all traffic on a version that runs, and the other one removed, if it is one of ours and gets none.
settle() {
	local keep drop
	if [ -z "$baseline" ] && [ "$verdict" != winner ]; then
		settle_first
		return
	fi
	keep=$winner drop=$candidate
	[ "$winner" = "$baseline" ] || drop=$baseline
	if [ -z "$winner" ]; then
		# Both were to be kept, which is possible only while both run.
		! available "$baseline" || ! available "$candidate" || return 0
		keep=$baseline drop=$candidate
	fi
	if ! available "$keep" && [ -n "$drop" ] && available "$drop"; then
		reason="$reason; $keep does not run, so $drop is kept"
		[ "$verdict" != winner ] || verdict=aborted
		# A baseline that does not run may run again; a candidate is this run's to remove.
		if [ "$keep" = "$candidate" ]; then
			keep=$baseline drop=$candidate
		else
			keep=$candidate drop=''
		fi
	elif ! available "$keep"; then
		reason="$reason; no version of $SERVICE runs, so nothing is deleted"
		return
	fi
	winner=$keep
	[ "$(traffic "$keep")" = 100 ] || hold "$keep"
	if [ -n "$drop" ] && exists "$drop"; then
		remove "$drop" "$keep"
	fi
}

# settle_first: a first deployment that failed has no other version to go back to.
settle_first() {
	[ -n "$candidate" ] && exists "$candidate" || return 0
	if available "$candidate"; then
		reason="$reason; $candidate stays, because it is the only version that runs"
		return
	fi
	say "deleting $candidate, which does not run"
	kube delete deployment "$candidate" --wait=false >/dev/null || [ $? = "$not_found" ]
}

# remove DEPLOYMENT KEPT: deletes it, if at this moment it gets no traffic and the other one gets all and runs.
remove() {
	read_routing || :
	exists "$1" || return 0
	if [ "$(traffic "$2")" != 100 ] || ! available "$2" || [ "$(traffic "$1")" != 0 ] && [ -n "$(traffic "$1")" ]; then
		say "$1 is not deleted: $2 has $(traffic "$2") % of the traffic, $1 has $(traffic "$1") %"
		reason="$reason; $1 was not deleted, because not all traffic is on $2"
		return
	fi
	say "deleting $1, which gets no traffic; $2 gets all of it"
	kube delete deployment "$1" --wait=false >/dev/null || [ $? = "$not_found" ]
}
