# shellcheck shell=dash
# Fetches a repository. Needs common.sh.

# No prompts, no configuration from elsewhere, and no transport that runs programs.
export GIT_TERMINAL_PROMPT=0 GIT_ALLOW_PROTOCOL=https:http:ssh GIT_CONFIG_NOSYSTEM=1
if [ -f "${HOME:-/}/.ssh/config" ]; then
	# ssh looks for its files in the home that the image's user has, not in $HOME.
	export GIT_SSH_COMMAND="ssh -F '$HOME/.ssh/config' -o UserKnownHostsFile='$HOME/.ssh/known_hosts'"
fi

check_repository() {
	case $1 in
	*@*:*@* | http://*@* | https://*@*) fail "param repository has a user or password in it; expected none; put them in a Secret" ;;
	esac
	check repository "$1" '(https?|ssh)://([A-Za-z0-9_.-]+@)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?/[A-Za-z0-9._~/+-]+|[A-Za-z0-9_.-]+@[A-Za-z0-9][A-Za-z0-9.-]*:[A-Za-z0-9._~/+-]+' \
		'an https, http or ssh URL such as https://git.example.com/team/service'
}

check_revision() {
	check revision "$1" '[A-Za-z0-9_]([A-Za-z0-9._/@+-]{0,253}[A-Za-z0-9_+-])?' \
		'a branch, a tag or a commit: letters, digits and . _ / @ + -, not beginning with - or .'
	case $1 in *..* | *//* | *@\{*) fail "param revision is '$(shown "$1")'; expected a branch, a tag or a commit without .. or //" ;; esac
}

# fetch REPOSITORY REVISION FOLDER: checks the repository out at the revision, or at the head of its default branch
# where the revision is empty. Begins anew in a folder that an earlier try left behind.
fetch() {
	rm -rf "$3"
	git init -q "$3"
	cd "$3"
	git config advice.detachedHead false
	git remote add origin "$1"
	fetch_until=$(($(now) + ${GIT_SECONDS:-60}))
	while ! fetch_once "${2:-HEAD}" 2>"$3/.git/error"; do
		# Servers that answer with a refusal will refuse again.
		if grep -Eqi "couldn't find remote ref|not found|authentication|could not read username|access denied|permission denied|not our ref" "$3/.git/error"; then
			break
		fi
		[ "$(now)" -lt "$fetch_until" ] || break
		say "git: $(tail -n 1 "$3/.git/error"); trying again"
		pause
	done
	git rev-parse -q --verify FETCH_HEAD >/dev/null 2>&1 ||
		fail "can't fetch '${2:-HEAD}' of $1: $(tail -n 1 "$3/.git/error"); check repository and revision, and the Git secret of the service account"
	git checkout -q FETCH_HEAD
}

# fetch_once REVISION: servers may refuse a commit that is no branch's or tag's head; then all history is fetched.
fetch_once() {
	git fetch -q --depth 1 --no-tags origin "$1" && return
	matches "$1" '[0-9a-f]{7,40}' || return 1
	git fetch -q --tags origin '+refs/heads/*:refs/remotes/origin/*' && git rev-parse -q --verify "$1^{commit}" >.git/FETCH_HEAD
}
