# shellcheck shell=dash
# Lets the next run have the Lease of a service. Needs lease.sh.

# Whether the run that had the lease before is still there: it has to see that it has it no more.
leave_it=

# release: gives the lease to whoever waits, or deletes it.
release() {
	local other
	while held; do
		if [ -n "$leave_it" ] || [ -n "$(waiting_runs)" ]; then
			other=$(sed -n "s#^\\($notes/[^ .]*\\) .*#\\1#p" "$scratch/lease" | while read -r key; do members "$key" '' && printf ,; done)
			! write_lease '' 1 "${other%,}" || return 0
		else
			! delete_lease || return 0
		fi
		# Somebody joined the queue meanwhile, or has the lease by now.
		read_lease || return 0
	done
}

# delete_lease: as it was read, or not at all.
delete_lease() {
	printf '{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"resourceVersion":"%s"}}' "$(lease_field version)" >"$scratch/delete.json"
	kube delete --raw "/apis/coordination.k8s.io/v1/namespaces/$NAMESPACE/leases/$lease" -f "$scratch/delete.json" >/dev/null
}

# leave_lease: for a run that did not get the lease, or has it no more.
leave_lease() {
	if [ -n "$(lease_field "$notes/queue.$RUN")$(recorded "why.$RUN")" ]; then
		kube patch lease "$lease" --type merge -o go-template="$lease_template" \
			-p "{\"metadata\":{\"annotations\":{$(members "$notes/queue.$RUN" '' "$notes/why.$RUN" '')}}}" >"$scratch/lease.new" || return 0
		took_lease
	fi
	[ -s "$scratch/lease" ] && [ -z "$(lease_field holder)$(waiting_runs)" ] && [ -z "$(recorded run)" ] || return 0
	delete_lease || :
}
