# shellcheck shell=dash disable=SC2034
# Ends what a run has begun: the experiment, the traffic, the version that lost. Needs lease.sh, routing.sh, hold.sh,
# experiment.sh and judge.sh.
#
# Everything here can be done again: by the same task after its pod was killed, by the run's finally, or by the next run
# when this one was cancelled without one.

: "${END_SECONDS:=90}"
# How long a version gets no new requests before it is deleted: proxies learn of new weights one after another, and requests
# that are under way come to their end.
: "${DRAIN_SECONDS:=10}"

# The PipelineRun that had the lease before this one, where that is known.
: "${last_holder:=}"
# Why the work of the run can't be finished.
lost=

# What candidates bring mostly, where it is not recorded.
usual_kinds=ConfigMap,Service,Deployment.apps

# load_record: takes up what the holder of the lease has recorded.
load_record() {
	baseline=$(recorded baseline)
	candidate=$(recorded candidate)
	experiment=$(recorded experiment)
	experiment_uid=$(recorded experiment-uid)
	image=$(recorded image)
	rollout=$(recorded rollout)
	gate=$(recorded gate)
	verdict=$(recorded verdict)
	winner=$(recorded winner)
	reason=$(recorded reason)
	weights=$(recorded weights)
	# Whoever may write the Lease may have written any text.
	case " $baseline $candidate $experiment" in
	*' -'* | *[!-a-z0-9.\ ]*)
		fail "the lease $lease says that $(shown "$baseline") is compared with $(shown "$candidate") in experiment $(shown "$experiment"); expected names; see who writes that, and delete the lease"
		;;
	esac
}

# finish_older: what a run that was cancelled plainly, or whose pods were killed, has left behind.
finish_older() {
	[ -n "$(recorded run)" ] && [ "$(recorded run)" != "$RUN" ] || return 0
	load_record
	say "run ${last_holder:-$(recorded run)} has not finished its work on $SERVICE; doing that first"
	conclude aborted 'the run ended without its finally'
	say "run $(recorded run): $verdict, $reason"
	keep_lease "$LEASE_SECONDS" "$(members "$notes/run" "$RUN"),$(nothing_recorded)"
}

# own_lease: whether the lease is this run's. Makes it anew where somebody deleted it.
own_lease() {
	read_lease || make_lease_anew
	held
}

# make_lease_anew: with what can be seen of the run: its experiment, and the Deployment that it made.
make_lease_anew() {
	: >"$scratch/lease.held"
	experiment=$(experiment_of_run) || exit
	experiment=${experiment%% *}
	experiment_uid=
	read_experiment || :
	read_routing || :
	candidate=$(awk -v run="$RUN" '$1 == "deployment" && $4 == run { print $2; exit }' "$scratch/routing")
	candidate=${candidate:-$(state candidate)}
	[ -n "$candidate" ] || return 0
	baseline=$(state baseline)
	if [ -z "$baseline" ] && ! baseline=$(other_version "$candidate"); then
		lost="somebody has deleted the lease $lease, and which version was live before $candidate can't be told any more, so nothing was changed; see who gets the traffic, and delete what is not needed (docs/operation.md)"
		say "$lost"
		return 0
	fi
	say "somebody has deleted the lease $lease; making it anew"
	create_lease "$(members "$notes/run" "$RUN" "$notes/candidate" "$candidate" "$notes/created" "$usual_kinds")$(
		for note in "baseline $baseline" "experiment $experiment" "experiment-uid $(state uid)"; do
			[ -z "${note#* }" ] || printf ',%s' "$(members "$notes/${note%% *}" "${note#* }")"
		done
	)" || read_lease || :
}

# other_version DEPLOYMENT: the one that is live besides this one, or the only other one; nothing where there is none. Tells
# whether that is clear.
other_version() {
	awk -v candidate="$1" '
		$1 != candidate { other = $1; others++ }
		$1 != candidate && ($3 == "-" ? $2 == "available" : $3 > 0) { live = $1; lives++ }
		END {
			if (others > 1 && lives != 1) exit 1
			print (lives == 1 ? live : other)
		}
	' "$scratch/versions"
}

# conclude VERDICT REASON: what to call it when the experiment has not ended by itself, and why it is ended now.
conclude() {
	[ -z "$verdict" ] || return 0
	if [ -n "$experiment" ]; then
		end_experiment "$1" "$2"
	fi
	read_routing || :
	completed || read_experiment || :
	judge "$1" "$2"
	settle
	weights=$(shares)
	remove_created
	record_for "$HANDOVER_SECONDS" verdict "$verdict" winner "$winner" reason "$reason" weights "$weights"
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
	while read_experiment && ! completed; do
		[ "$(asked_for)" = end ] || override "$patch" || :
		if [ "$(now)" -ge "$until" ]; then
			abandon_experiment "$patch"
			return
		fi
		renew
		pause
	done
}

# abandon_experiment PATCH: iter8 does not answer. A deleted experiment ends with all traffic on the baseline once iter8 is
# there again; where the baseline does not run, that must not happen.
abandon_experiment() {
	if [ "$1" = "$ITER8_TERMINATE" ]; then
		say "iter8 has not ended the experiment within $END_SECONDS seconds, so it is deleted; is iter8's controller running?"
		kube_anyway delete "$ITER8_RESOURCE" "$experiment" --wait=false >/dev/null || [ $? = "$not_found" ]
	else
		say "iter8 has not ended the experiment within $END_SECONDS seconds; it will once its controller runs again"
	fi
}

# settle: all traffic on a version that runs, and the other one removed, if it is one of ours and gets none.
settle() {
	local keep drop other
	other=$(routed_experiment)
	if [ -n "$other" ] && [ "$other" != "$experiment" ] && in_progress "$other"; then
		say "experiment $other, which this run has not made, uses the service $SERVICE"
		reason="$reason; experiment $other uses the service now, so nothing else was changed"
		return
	fi
	if [ -z "$baseline" ]; then
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
	# Without an experiment nobody has touched the traffic.
	if [ "$(traffic "$keep")" != 100 ] && { [ -n "$experiment" ] || [ -n "$(router_name)" ] || exists "$candidate"; }; then
		hold "$keep"
	fi
	if [ -n "$drop" ] && [ "$drop" != "$keep" ]; then
		remove "$drop" "$keep"
	fi
}

# settle_first: a first deployment that failed has no other version to go back to. Routing may be left over from versions
# that are gone, and lead nowhere.
settle_first() {
	[ -n "$candidate" ] && exists "$candidate" || return 0
	if available "$candidate"; then
		[ -z "$(router_name)" ] || [ "$(traffic "$candidate")" = 100 ] || hold "$candidate"
		[ "$verdict" = winner ] || reason="$reason; $candidate stays, because it is the only version that runs"
		return
	fi
	[ "$(made_by "$candidate")" = "$(recorded run)" ] || return 0
	if [ -n "$(recorded existed)" ]; then
		reason="$reason; $candidate was there before the run, so it stays"
		return
	fi
	say "deleting $candidate, which does not run"
	keep_lease "$LEASE_SECONDS"
	kube_anyway delete deployment "$candidate" --wait=false >/dev/null || [ $? = "$not_found" ]
}

# remove DEPLOYMENT KEPT: does with it what the run wants of the version that lost, if for some time it has had no traffic
# while the other one has all and runs.
remove() {
	local until why policy
	exists "$1" || return 0
	policy=$(recorded cleanup)
	if [ "$policy" = keep ] && available "$1"; then
		say "$1, which gets no traffic, is kept; $2 gets all of it"
		return
	fi
	until=$(($(now) + DRAIN_SECONDS))
	while available "$1" && [ "$(now)" -lt "$until" ]; do
		renew
		pause
	done
	keep_lease "$LEASE_SECONDS"
	read_routing || :
	exists "$1" || return 0
	why=$(why_not "$1" "$2")
	if [ -n "$why" ]; then
		say "$1 is not deleted: $why"
		reason="$reason; $1 was not deleted: $why"
		return
	fi
	case $policy in
	keep | scaleToZero)
		say "scaling $1 to zero, which gets no traffic; $2 gets all of it"
		kube_anyway patch deployment "$1" --type merge -p '{"spec":{"replicas":0}}' >/dev/null || [ $? = "$not_found" ]
		;;
	*)
		say "deleting $1, which gets no traffic; $2 gets all of it"
		kube_anyway delete deployment "$1" --wait=false >/dev/null || [ $? = "$not_found" ]
		;;
	esac
}

# why_not DEPLOYMENT KEPT: what speaks against deleting it, as things stand now.
why_not() {
	if [ "$(traffic "$2")" != 100 ] || ! available "$2"; then
		printf '%s has %s %% of the traffic, and is %s' "$2" "$(traffic "$2")" "$(field versions "$2" 2)"
	elif [ -n "$(traffic "$1")" ] && [ "$(traffic "$1")" != 0 ]; then
		printf 'it has %s %% of the traffic' "$(traffic "$1")"
	elif [ -z "$(traffic "$1")" ] && [ "$1" != "$candidate" ]; then
		printf 'it is no version of the service %s' "$SERVICE"
	elif [ "$1" = "$candidate" ] && [ "$(made_by "$1")" != "$(recorded run)" ]; then
		printf 'it was not made by this run'
	else
		still_used "$1" "$2"
	fi
}

# remove_created: what the run has created for a candidate that is gone. Without the right to do so, the rest of the work is
# done all the same.
remove_created() {
	local created kinds others left=''
	created=$(recorded created)
	[ -n "$created" ] && [ -n "$candidate" ] || return 0
	matches "$created" '[A-Za-z0-9][A-Za-z0-9.-]*(,[A-Za-z0-9][A-Za-z0-9.-]*)*' || {
		say "the lease $lease says that '$(shown "$created")' was created with $candidate; expected kinds, so nothing of that is deleted"
		return 0
	}
	read_routing || :
	case $(fact deployment "$candidate" 3) in "" | deleted) ;; *) return 0 ;; esac
	keep_lease "$LEASE_SECONDS"
	kinds=$(printf '%s' "$created" | tr ',' '\n' | sed '/^Service$/d' | tr '\n' ',')
	# Versions are removed one by one, when they get no traffic. The Service is that of all of them, whoever has created it.
	others=$(awk -v candidate="$candidate" '$1 != candidate { printf "%smetadata.name!=%s", (n++ ? "," : ""), $1 }' "$scratch/versions")
	[ -z "$kinds" ] || delete_created "${kinds%,}" "$others" || left=yes
	case ",$created," in *,Service,*) delete_created Service "${others:+metadata.name!=$SERVICE}" || left=yes ;; esac
	[ -z "$left" ] ||
		reason="$reason; not all objects that came with $candidate were deleted: kubectl delete $created -l cdk8s-iter8/created-by=$(recorded run) does it"
}

# delete_created KINDS FIELDS: those of the run of which the fields are so. Tells whether that was possible.
delete_created() {
	(
		note_failure() { :; }
		kube_anyway delete "$1" -l "cdk8s-iter8/created-by=$(recorded run)" --field-selector "$2" --wait=false
	) || {
		set -- $?
		rm -f "$told"
		[ "$1" = "$not_found" ]
	}
}
