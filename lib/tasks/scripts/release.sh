# shellcheck shell=dash
# Lets the next run have the Lease of a service. Needs lease.sh.

# release: gives the lease to whoever waits, or deletes it.
release() {
	local other
	while held; do
		if [ -n "$(waiting_runs)" ]; then
			other=$(sed -n "s#^\\($notes/[^ .]*\\) .*#\\1#p" "$scratch/lease" | while read -r key; do members "$key" '' && printf ,; done)
			! write_lease '' 1 "${other%,}" || return 0
		else
			printf '{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"resourceVersion":"%s"}}' "$(lease_field version)" >"$scratch/delete.json"
			! kube delete --raw "/apis/coordination.k8s.io/v1/namespaces/$NAMESPACE/leases/$lease" -f "$scratch/delete.json" >/dev/null || return 0
		fi
		# Somebody joined the queue meanwhile, or has the lease by now.
		read_lease || return 0
	done
}

# leave_queue: for a run that did not get the lease.
leave_queue() {
	[ -z "$(lease_field "$notes/queue.$RUN")" ] ||
		kube patch lease "$lease" --type merge -p "{\"metadata\":{\"annotations\":{$(members "$notes/queue.$RUN" '')}}}" >/dev/null || :
}
