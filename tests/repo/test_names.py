"""No file uses a former name that readers had to translate. CONTRIBUTING.md describes how names are chosen."""

import re
import subprocess
from pathlib import Path

from tests.hosts import ROOT

# Former names with their new names. If a former name is also an English word, the pattern has the next characters, too.
RENAMED = {
    r"alike": "cache_key",
    r"around_the_date": "json_parts",
    r"is_of_a_kind": "is_cacheable",
    r"MOST_WRITTEN": "JSON_CACHE_SIZE",
    r"_turn": "_lock",
    r"_turns": "_connection_limit",
    r"try_the_log": "check_log_is_writable",
    r"FORGET_STAND_INS": "DELETE_RECONSTRUCTED",
    r"Refused": "EntriesRejected or MigrationRefused",
    r"_refusals_named": "_raise_entries_rejected",
    r"alone\(": "build_lock()",
    r"_there": "_use_region",
    r"described\(": "serverless_config()",
    r"_in_our_words": "_readable_message",
    r"_say_what_is_where": "_print_addresses",
    r"_front_door": "_root_app",
    r"goes_ahead": "the argument begin",
    r"commit_follows": "the argument commit",
    r"kept=": "prepared",
    r"is_to_be_kept": "should_prepare",
    r"execute_kept": "execute_prepared",
    r"SERVER_GIVES_UP_FIRST": "BEGIN_WITH_TIMEOUTS",
    r"give_up_at": "deadline",
    r"_keep_to_the_time": "_apply_deadline",
    r"WHO_ANSWERS": "BACKEND_PID",
    r"is_direct": "is_direct_connection",
    r"_distrust": "_invalidate_broken_connection",
    r"is_lost": "is_connection_lost",
    r"may_go_better": "is_retryable",
    r"Outrun": "ConcurrentChange",
    r"ToldEntry": "HistoryEntry",
    r"_told": "_error_fields",
    r"told =": "fields, text",
    r"_known": "_parse_cached",
    r"_days\(": "_parse_days",
    r"last_words": "latest_entries",
    r"call asked": "call required",
    r"asksFirst": "requiresConfirmation",
    r"asks_first": "requires_confirmation",
    r"at_home": "is_local",
    r"useAsked": "useRequest",
    r"Plotted": "ChartFigure",
    r"Who is calling isn't known": "Authentication required",
    r"the token doesn't hold": "The token is not valid",
    r"That method isn't spoken here": "Method not allowed",
    r"[Dd]esign rules?": "the rule's name, in CONTRIBUTING",
    r"fine print": "the rule's name, in CONTRIBUTING",
}
FORMER_FILES = {"by_the_log.py", "by_hand.py", "useAsked.ts", "words.ts", "Drawing.tsx", "Plotted.tsx"}
# A migration that was applied is never changed; the changelog names what was renamed; lock files are lists of packages.
SKIPPED = ("migrations/versions/", "requirements/", "package-lock.json", "CHANGELOG.md", "tests/repo/test_names.py")


def tracked_files() -> list[Path]:
    """Return the files in git's index that still exist: the files of the next commit."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout.decode()
    files = [name for name in listed.split("\0") if name and not name.startswith(SKIPPED)]
    return [ROOT / name for name in files if (ROOT / name).is_file()]


def test_no_tracked_file_contains_a_former_name() -> None:
    whole = {name: rf"(?<!\w){name}" + (r"(?!\w)" if re.search(r"\w$", name) else "") for name in RENAMED}
    uses = []
    for file in tracked_files():
        try:
            text = file.read_text()
        except UnicodeDecodeError:  # a picture
            continue
        for name in RENAMED:
            if re.search(name, text) is None:  # much faster than the pattern of the whole name
                continue
            for match in re.finditer(whole[name], text):
                number = text.count("\n", 0, match.start()) + 1
                uses.append(f"{file.relative_to(ROOT)}:{number}: {match[0]} is called {RENAMED[name]} now")
    assert uses == []


def test_no_tracked_file_has_a_former_file_name() -> None:
    assert [str(file) for file in tracked_files() if file.name in FORMER_FILES] == []
