#!/bin/sh
# Stands in for the images of bookinfo: its services call one another as theirs do, and one that lacks another fails.
# Variables: SERVICE; VERSION of reviews, of which all but v1 ask for ratings; SAYS and TAKES, what reviews say and how many
# seconds they take.

# reply STATUS TEXT
reply() { printf 'HTTP/1.1 %s\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n%s\n' "$1" "$2"; }

# call URL: what another service says.
call() { wget -q -O - "http://$1"; }

answer() {
	local path header
	read -r _ path _
	# Until the line that is empty but for its end; programs take longer to start than requests may.
	while read -r header && [ "${#header}" -gt 1 ]; do :; done
	case $SERVICE$path in
	*/health) reply '200 OK' well ;;
	details/details/*) reply '200 OK' 'a comedy of errors' ;;
	ratings/ratings/*) reply '200 OK' 'five stars' ;;
	reviews/reviews/*)
		sleep "${TAKES:-0}"
		if [ "$VERSION" = v1 ]; then
			reply '200 OK' "${SAYS:-version 1}"
		elif stars=$(call ratings:9080/ratings/0); then
			reply '200 OK' "${SAYS:-$VERSION}, $stars"
		else
			reply '502 Bad Gateway' 'no ratings'
		fi
		;;
	productpage/productpage*)
		if book=$(call details:9080/details/0) && reviews=$(call reviews:9080/reviews/0); then
			reply '200 OK' "$book: $reviews"
		else
			reply '502 Bad Gateway' 'no details, or no reviews'
		fi
		;;
	*) reply '404 Not Found' 'no such page' ;;
	esac
}

if [ "${1:-}" = answer ]; then
	answer
else
	nc -ll -p 9080 -e "$0" answer &
	trap 'kill $!; exit' TERM
	wait
fi
