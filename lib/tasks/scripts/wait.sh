#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# The step of WaitTask, in both of its uses. As a task (MODE wait) it waits for the verdict on the run's experiment,
# removes the version that lost, and fails where the policy says so. Under finally (MODE finish) it ends whatever is
# still going on, gives the service free for the next run, and writes the report.
# Arguments: how the tasks of the run ended, as NAME=STATUS.
set -eu
. "$(dirname "$0")/common.sh"

for file in "$RESULT_VERDICT" "$RESULT_WINNER" "$RESULT_REASON" "$RESULT_IMAGE" "$RESULT_REPORT"; do
	result "$file" ''
done

check_label namespace "$NAMESPACE"
check_label service "$SERVICE"
check run "$RUN" '[a-z0-9][-a-z0-9]{0,56}' "the uid of the PipelineRun"
check mode "$MODE" 'wait|finish' 'wait or finish'
check_number deadline "$DEADLINE_SECONDS"
check_number interval "$INTERVAL_SECONDS"
verdicts='(winner|baseline|inconclusive|aborted|timeout)'
check fail-on "$FAIL_ON" "($verdicts(,$verdicts)*)?" \
	'a list of winner, baseline, inconclusive, aborted and timeout, with commas between'

. "$(dirname "$0")/kubectl.sh"
. "$(dirname "$0")/lease.sh"
. "$(dirname "$0")/routing.sh"
. "$(dirname "$0")/experiment.sh"
. "$(dirname "$0")/conclude.sh"

# failed_tasks NAME=STATUS ...: those that failed, with commas between.
failed_tasks() {
	local list='' task
	for task; do
		case $task in *=Failed) list="$list${list:+, }${task%=*}" ;; esac
	done
	printf '%s' "$list"
}

# progress: one line whenever something has changed.
progress() {
	local line
	line="$(state phase), iteration $(state iteration): baseline $(weight baseline) %, candidate $(weight candidate) %: $(state message)"
	[ "$line" = "${last_progress:-}" ] || say "$line"
	last_progress=$line
}

# encourage: has an experiment go on that iter8 has stopped: because the candidate was late, because a question to the
# analytics failed, or because the controller was restarted, which makes it forget when the next iteration is due.
encourage() {
	local seen
	seen="$(state iteration) $(state updated) $(weight candidate)"
	if [ "$seen" != "${last_seen:-}" ]; then
		last_seen=$seen
		last_move=$(now)
	fi
	if paused_by_person; then
		[ "${said_paused:-}" = yes ] || say "a person has paused the experiment; waiting for that person to resume it"
		said_paused=yes
		return
	fi
	if [ "$(state phase)" = Pause ]; then
		[ $(($(now) - ${last_resume:-0})) -ge "$RESUME_SECONDS" ] || return 0
		read_routing || :
		available "$candidate" && available "$baseline" || return 0
		say "resuming the experiment: $(state message)"
	else
		[ $(($(now) - last_move)) -gt $((2 * INTERVAL_SECONDS + STUCK_SECONDS)) ] || return 0
		say "resuming the experiment: it has not moved for $(($(now) - last_move)) seconds"
		last_move=$(now)
	fi
	last_resume=$(now)
	override "$ITER8_RESUME" || :
}
: "${RESUME_SECONDS:=10}"
: "${STUCK_SECONDS:=30}"

# wait_for_end: until the experiment has ended or is gone, or has to be.
wait_for_end() {
	local until
	until=$(($(now) + DEADLINE_SECONDS))
	say "waiting for experiment $experiment of service $SERVICE: $baseline (baseline) against $candidate (candidate), for at most $DEADLINE_SECONDS seconds"
	while read_experiment && ! completed; do
		progress
		renew
		if superseded; then
			conclude aborted 'a newer run took over'
			return
		fi
		if [ "$(now)" -ge "$until" ]; then
			conclude timeout "the experiment did not end within $DEADLINE_SECONDS seconds; its last state was: $(state phase), $(state message)"
			return
		fi
		encourage
		pause
	done
	progress
	conclude aborted 'the experiment was deleted'
}

if read_lease && held; then
	load_record
	if [ "$MODE" = finish ]; then
		failed=$(failed_tasks "$@")
		if [ -n "$failed" ]; then
			why="$(recorded because)"
			conclude aborted "${failed} failed${why:+: $why}"
		else
			conclude aborted 'the run was cancelled, or took too long'
		fi
	elif [ -n "$verdict" ]; then
		say "the verdict is known already: $verdict"
	elif [ -n "$experiment" ]; then
		wait_for_end
	else
		conclude winner 'this is the first deployment of the service, so there is nothing to compare it with'
	fi
else
	[ ! -s "$scratch/lease" ] || leave_queue
	baseline='' candidate='' experiment='' image='' winner=''
	verdict=aborted
	failed=$(failed_tasks "$@")
	reason="${failed:+$failed failed, so }nothing was deployed"
fi

report="$verdict: $reason
service    $SERVICE in $NAMESPACE
winner     ${winner:-none}
baseline   ${baseline:-none}
candidate  ${candidate:-none}
image      ${image:-none}
experiment ${experiment:-none}"
for task; do
	report="$report
task       ${task%=*} ${task#*=}"
done

if [ -n "$STOP_FOLDER" ]; then
	touch "$STOP_FOLDER/$RUN"
fi
[ "$MODE" != finish ] || release

result "$RESULT_VERDICT" "$verdict"
result "$RESULT_WINNER" "$winner"
result "$RESULT_REASON" "$reason"
result "$RESULT_IMAGE" "$image"
printf '%s' "$report" | cut -c 1-300 | head -c 2000 >"$RESULT_REPORT"
say "$report"

case ",$FAIL_ON," in *",$verdict,"*) fail "verdict $verdict: $reason" ;; esac
say "verdict $verdict: $reason"
