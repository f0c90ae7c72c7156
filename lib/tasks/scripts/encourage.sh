# shellcheck shell=dash
# Has an experiment go on that iter8 has stopped: because the candidate was late, because a question to the analytics
# failed, or because the controller was restarted, which makes it forget when the next iteration is due. Needs experiment.sh
# and routing.sh.

: "${RESUME_SECONDS:=10}"
: "${STUCK_SECONDS:=30}"
last_seen=
last_move=0
last_resume=0
said_paused=

# encourage: to be called whenever the experiment was read.
encourage() {
	local seen
	seen="$(state iteration) $(state updated) $(weight candidate)"
	if [ "$seen" != "$last_seen" ]; then
		last_seen=$seen
		last_move=$(now)
	fi
	# What a person wants is not for us to undo.
	[ "$(asked_for)" != end ] || return 0
	if paused_by_person; then
		[ "$said_paused" = yes ] || say "a person has paused the experiment; waiting for that person to resume it"
		said_paused=yes
		return
	fi
	if [ "$(state phase)" = Pause ]; then
		[ $(($(now) - last_resume)) -ge "$RESUME_SECONDS" ] || return 0
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
