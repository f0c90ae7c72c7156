# shellcheck shell=dash disable=SC2034
# Who has won. Needs lease.sh, routing.sh, experiment.sh. docs/verdicts.md has the table of all end states.

verdict=
winner=
reason=
weights=
image=
# When the time for a person's decision is over; empty where the experiment itself decides.
gate=
# How the candidate is to get the traffic: at-once, or by an experiment where empty.
rollout=

# judge VERDICT REASON: the weights decide, those in the status together with those in the routing. The arguments are for
# an experiment that has not ended by itself.
judge() {
	local ended because
	ended=$(recorded ended)
	because=$(recorded ended-because)
	winner=$baseline
	if [ -z "$baseline" ]; then
		judge_first "$1" "$2"
	elif [ "$rollout" = at-once ]; then
		judge_at_once "$1" "$2"
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
	elif [ "$(weight baseline)" = 100 ]; then
		judge_baseline "$1" "$2"
	elif [ "$(weight baseline) $(weight candidate)" = '0 0' ]; then
		verdict=aborted reason="the experiment ended before it began: $(state message)"
	else
		verdict=inconclusive winner=''
		reason="the experiment left $(weight baseline) % of the traffic on the baseline and $(weight candidate) % on the candidate; choose one, send it all traffic, and only then delete the other (docs/operation.md)"
	fi
}

# judge_first VERDICT REASON: where no version was live before, there is nothing to compare.
judge_first() {
	verdict=$1 reason="$2" winner=''
	if available "$candidate"; then
		winner=$candidate
	elif [ "$1" = winner ]; then
		verdict=aborted reason="$candidate, the first version of the service, does not run"
	fi
}

# judge_at_once VERDICT REASON: without an experiment, the candidate only has to run.
judge_at_once() {
	verdict=$1 reason="$2"
	[ "$1" = winner ] || return 0
	if available "$candidate"; then
		winner=$candidate
	else
		verdict=aborted reason="$candidate, which was to get all the traffic at once, does not run"
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
	elif [ -z "$1" ] && [ "$(asked_for)" = end ]; then
		verdict=winner winner=$candidate reason="a person ended the experiment in the candidate's favour"
	elif [ -z "$(state criteria)" ]; then
		verdict=winner winner=$candidate reason="the experiment has no criteria, so the candidate was taken"
	else
		verdict=winner winner=$candidate reason="the candidate met the criteria and has all the traffic"
	fi
}

# judge_baseline VERDICT REASON: the status gives all traffic to the baseline.
judge_baseline() {
	if exists "$baseline" && [ "$(traffic "$baseline")" != 100 ]; then
		verdict=aborted reason="the experiment ended ($(state message)), but its routing does not give all traffic to the baseline"
	elif [ "$(asked_for)" = end ]; then
		verdict=aborted reason="a person ended the experiment"
	elif [ "$(state routing)" = False ]; then
		verdict=aborted reason="the experiment lost its routing or never had any: $(state message)"
	elif [ "$(state winner)" = "$candidate" ] && [ -n "$gate" ]; then
		judge_decision "$1" "$2"
	elif [ "$(state winner)" = "$candidate" ]; then
		verdict=baseline reason="the candidate won, but the experiment was to leave the traffic on the baseline"
	elif [ -n "$(state lost)" ] || [ "$(state winner)" = "$baseline" ]; then
		verdict=baseline reason="the candidate did not meet the criteria"
	elif [ -z "$(state criteria)" ]; then
		verdict=inconclusive reason="the experiment has no criteria, so nothing can win"
	else
		verdict=inconclusive reason="no winner was found; was there enough traffic?"
	fi
}

# judge_decision VERDICT REASON: the candidate met the criteria, and a person was to decide.
judge_decision() {
	case $(state decision) in
	rollforward) verdict=winner winner=$candidate reason="the candidate met the criteria, and a person rolled it forward" ;;
	rollback) verdict=aborted reason="the candidate met the criteria, but a person rolled it back" ;;
	*)
		verdict=inconclusive reason="the candidate met the criteria, but nobody rolled it forward in time"
		[ "$(now)" -ge "$gate" ] || verdict=$1 reason="$2; the candidate had met the criteria, and nobody had decided"
		;;
	esac
}
