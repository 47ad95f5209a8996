
use builtin;
use str;

set edit:completion:arg-completer[handin] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'handin'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'handin'= {
            cand --settings 'Read the settings from this file'
            cand --profile 'Use the settings of this profile'
            cand --set 'Set one setting for this call, such as `azure.points=all`'
            cand --color 'When to use colour'
            cand --timeout 'Give up after this long, such as `90s` or `10m`'
            cand --jobs 'Send this many requests at the same time, at most'
            cand --token-file 'Read the token from this file (`/dev/fd/N` for a file descriptor)'
            cand --ca-file 'Trust the certificate authorities in this PEM file as well'
            cand --proxy 'Go through this proxy, whatever the environment says'
            cand --no-proxy 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all'
            cand --json 'Write one JSON document to standard output'
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more; twice: each request, three times: their bodies without secrets'
            cand --verbose 'Say more; twice: each request, three times: their bodies without secrets'
            cand --no-progress 'Show no progress bars'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand login 'Store a token in the keyring of this system, after checking it'
            cand submit 'Hand test results in'
            cand verify 'Check that the reports can be handed in, without writing anything'
            cand projects 'List what the account can see: projects, and what is below one'
            cand map 'Manage which case on the service each test is'
            cand completions 'Print the completion script of a shell'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'handin;login'= {
            cand --url 'Where the service is; default: what the settings say'
            cand --from 'Take the address from the integration settings of this Katalon Studio project; its secrets are never touched'
            cand --user 'Sign in with this user''s password once, and store only the token that it is exchanged for (qTest, TestOps)'
            cand --settings 'Read the settings from this file'
            cand --profile 'Use the settings of this profile'
            cand --set 'Set one setting for this call, such as `azure.points=all`'
            cand --color 'When to use colour'
            cand --timeout 'Give up after this long, such as `90s` or `10m`'
            cand --jobs 'Send this many requests at the same time, at most'
            cand --token-file 'Read the token from this file (`/dev/fd/N` for a file descriptor)'
            cand --ca-file 'Trust the certificate authorities in this PEM file as well'
            cand --proxy 'Go through this proxy, whatever the environment says'
            cand --no-proxy 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all'
            cand --token-stdin 'Read the token, or with `--user` the password, from standard input'
            cand --list 'List what is stored, and where the token in use comes from'
            cand --remove 'Forget the token of a service'
            cand --json 'Write one JSON document to standard output'
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more; twice: each request, three times: their bodies without secrets'
            cand --verbose 'Say more; twice: each request, three times: their bodies without secrets'
            cand --no-progress 'Show no progress bars'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'handin;submit'= {
            cand --service 'Hand in to this service; may be given several times'
            cand --plan 'The test plan, by id or name (Azure)'
            cand --suite 'The suite below which results go, by id, name or path (Azure)'
            cand --configuration 'The configuration of all results, by id or name (Azure)'
            cand --points 'What to do when a case has several test points: one (refuse), all, first (Azure)'
            cand --run-name 'The name of the run, with words such as `{ci.branch}`'
            cand --build 'The build that made the results, by id or number'
            cand --attach 'For which tests files go along: failed, all, none'
            cand --attachments 'A further folder from which attachments may be read'
            cand --key 'Names the build by hand: the same key and reports are the same submission'
            cand --shard 'This is shard I of N: all shards of a build join one submission, and whichever comes last completes it'
            cand --journal 'Keep the journal in this file'
            cand --since 'Only reports that began at this time or later, such as `2024-01-01`'
            cand --until 'Only reports that began at this time or earlier; a date counts to its end'
            cand --on-no-reports 'What to do when no report is found: fail, warn, ignore'
            cand --on-empty 'What to do when the reports hold no test'
            cand --on-unreadable 'What to do with a report that cannot be read'
            cand --on-unmapped 'What to do with a test that has no case'
            cand --on-ambiguous 'What to do with a case that several places could take'
            cand --on-stale 'What to do with a report that is older than the build'
            cand --on-no-credential 'What to do when there is no credential'
            cand --on-upload-error 'What to do when handing in fails'
            cand --settings 'Read the settings from this file'
            cand --profile 'Use the settings of this profile'
            cand --set 'Set one setting for this call, such as `azure.points=all`'
            cand --color 'When to use colour'
            cand --timeout 'Give up after this long, such as `90s` or `10m`'
            cand --jobs 'Send this many requests at the same time, at most'
            cand --token-file 'Read the token from this file (`/dev/fd/N` for a file descriptor)'
            cand --ca-file 'Trust the certificate authorities in this PEM file as well'
            cand --proxy 'Go through this proxy, whatever the environment says'
            cand --no-proxy 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all'
            cand --dry-run 'Do everything but write; print what would be written'
            cand --no-wait 'Do not wait until the service has taken in what it was handed (qTest, TestOps)'
            cand --open 'Join the submission of this build and leave it open for others'
            cand --close 'Join the submission of this build and complete it; works without reports too'
            cand --again 'Submit the same thing once more, on purpose'
            cand --fail-on-test-failure 'Exit with 10 when a test failed'
            cand --each 'Make every report a submission of its own, with its own times'
            cand --json 'Write one JSON document to standard output'
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more; twice: each request, three times: their bodies without secrets'
            cand --verbose 'Say more; twice: each request, three times: their bodies without secrets'
            cand --no-progress 'Show no progress bars'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'handin;verify'= {
            cand --service 'Ask this service; may be given several times'
            cand --settings 'Read the settings from this file'
            cand --profile 'Use the settings of this profile'
            cand --set 'Set one setting for this call, such as `azure.points=all`'
            cand --color 'When to use colour'
            cand --timeout 'Give up after this long, such as `90s` or `10m`'
            cand --jobs 'Send this many requests at the same time, at most'
            cand --token-file 'Read the token from this file (`/dev/fd/N` for a file descriptor)'
            cand --ca-file 'Trust the certificate authorities in this PEM file as well'
            cand --proxy 'Go through this proxy, whatever the environment says'
            cand --no-proxy 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all'
            cand --offline 'Only read the reports; ask no service'
            cand --coverage 'Tell which cases on the service no test covers'
            cand --cases 'List every test, with its outcome (with `--offline`)'
            cand --json 'Write one JSON document to standard output'
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more; twice: each request, three times: their bodies without secrets'
            cand --verbose 'Say more; twice: each request, three times: their bodies without secrets'
            cand --no-progress 'Show no progress bars'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'handin;projects'= {
            cand --url 'Where the service is; default: what the settings say'
            cand --create 'Make a project of this name (TestOps)'
            cand --results 'List the results of this run (Azure)'
            cand --outcome 'Only results with this outcome, such as `Failed`'
            cand --team 'The team of the project that is made'
            cand --settings 'Read the settings from this file'
            cand --profile 'Use the settings of this profile'
            cand --set 'Set one setting for this call, such as `azure.points=all`'
            cand --color 'When to use colour'
            cand --timeout 'Give up after this long, such as `90s` or `10m`'
            cand --jobs 'Send this many requests at the same time, at most'
            cand --token-file 'Read the token from this file (`/dev/fd/N` for a file descriptor)'
            cand --ca-file 'Trust the certificate authorities in this PEM file as well'
            cand --proxy 'Go through this proxy, whatever the environment says'
            cand --no-proxy 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all'
            cand --use 'Write what PATH names to the settings file'
            cand --runs 'List the newest runs of the project or the plan (Azure)'
            cand --names 'Only the names of the tests, one a line, for a runner''s filter'
            cand --json 'Write one JSON document to standard output'
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more; twice: each request, three times: their bodies without secrets'
            cand --verbose 'Say more; twice: each request, three times: their bodies without secrets'
            cand --no-progress 'Show no progress bars'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'handin;map'= {
            cand --settings 'Read the settings from this file'
            cand --profile 'Use the settings of this profile'
            cand --set 'Set one setting for this call, such as `azure.points=all`'
            cand --color 'When to use colour'
            cand --timeout 'Give up after this long, such as `90s` or `10m`'
            cand --jobs 'Send this many requests at the same time, at most'
            cand --token-file 'Read the token from this file (`/dev/fd/N` for a file descriptor)'
            cand --ca-file 'Trust the certificate authorities in this PEM file as well'
            cand --proxy 'Go through this proxy, whatever the environment says'
            cand --no-proxy 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all'
            cand --json 'Write one JSON document to standard output'
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more; twice: each request, three times: their bodies without secrets'
            cand --verbose 'Say more; twice: each request, three times: their bodies without secrets'
            cand --no-progress 'Show no progress bars'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand list 'List the tests with their cases, and how each was found'
            cand set 'Map a test to one or more cases'
            cand unset 'Forget the mapping of tests'
            cand suggest 'Propose a case for each test that has none'
            cand import 'Take mappings from a CSV file or a Katalon Studio project'
            cand export 'Write the mappings as CSV'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'handin;map;list'= {
            cand --service 'Only for this service; may be repeated'
            cand --settings 'Read the settings from this file'
            cand --profile 'Use the settings of this profile'
            cand --set 'Set one setting for this call, such as `azure.points=all`'
            cand --color 'When to use colour'
            cand --timeout 'Give up after this long, such as `90s` or `10m`'
            cand --jobs 'Send this many requests at the same time, at most'
            cand --token-file 'Read the token from this file (`/dev/fd/N` for a file descriptor)'
            cand --ca-file 'Trust the certificate authorities in this PEM file as well'
            cand --proxy 'Go through this proxy, whatever the environment says'
            cand --no-proxy 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all'
            cand --unmapped 'Only tests that have no case'
            cand --stale 'Only mappings of tests that no report has'
            cand --duplicates 'Only cases that several tests share'
            cand --associate 'Show which of Azure''s cases would be marked as automated by which test; with `--apply`, mark them'
            cand --apply 'With `--associate`: do it'
            cand --json 'Write one JSON document to standard output'
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more; twice: each request, three times: their bodies without secrets'
            cand --verbose 'Say more; twice: each request, three times: their bodies without secrets'
            cand --no-progress 'Show no progress bars'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'handin;map;set'= {
            cand --service 'The service; not needed when the settings have one alone'
            cand --settings 'Read the settings from this file'
            cand --profile 'Use the settings of this profile'
            cand --set 'Set one setting for this call, such as `azure.points=all`'
            cand --color 'When to use colour'
            cand --timeout 'Give up after this long, such as `90s` or `10m`'
            cand --jobs 'Send this many requests at the same time, at most'
            cand --token-file 'Read the token from this file (`/dev/fd/N` for a file descriptor)'
            cand --ca-file 'Trust the certificate authorities in this PEM file as well'
            cand --proxy 'Go through this proxy, whatever the environment says'
            cand --no-proxy 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all'
            cand --new 'Map a test that no report has yet'
            cand --json 'Write one JSON document to standard output'
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more; twice: each request, three times: their bodies without secrets'
            cand --verbose 'Say more; twice: each request, three times: their bodies without secrets'
            cand --no-progress 'Show no progress bars'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'handin;map;unset'= {
            cand --service 'The service; not needed when the settings have one alone'
            cand --settings 'Read the settings from this file'
            cand --profile 'Use the settings of this profile'
            cand --set 'Set one setting for this call, such as `azure.points=all`'
            cand --color 'When to use colour'
            cand --timeout 'Give up after this long, such as `90s` or `10m`'
            cand --jobs 'Send this many requests at the same time, at most'
            cand --token-file 'Read the token from this file (`/dev/fd/N` for a file descriptor)'
            cand --ca-file 'Trust the certificate authorities in this PEM file as well'
            cand --proxy 'Go through this proxy, whatever the environment says'
            cand --no-proxy 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all'
            cand --json 'Write one JSON document to standard output'
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more; twice: each request, three times: their bodies without secrets'
            cand --verbose 'Say more; twice: each request, three times: their bodies without secrets'
            cand --no-progress 'Show no progress bars'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'handin;map;suggest'= {
            cand --service 'The service; not needed when the settings have one alone'
            cand --titles 'Take the cases from this CSV file (id, title, folder) instead of asking the service'
            cand --settings 'Read the settings from this file'
            cand --profile 'Use the settings of this profile'
            cand --set 'Set one setting for this call, such as `azure.points=all`'
            cand --color 'When to use colour'
            cand --timeout 'Give up after this long, such as `90s` or `10m`'
            cand --jobs 'Send this many requests at the same time, at most'
            cand --token-file 'Read the token from this file (`/dev/fd/N` for a file descriptor)'
            cand --ca-file 'Trust the certificate authorities in this PEM file as well'
            cand --proxy 'Go through this proxy, whatever the environment says'
            cand --no-proxy 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all'
            cand --apply 'Write what is unambiguous into the settings file'
            cand --json 'Write one JSON document to standard output'
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more; twice: each request, three times: their bodies without secrets'
            cand --verbose 'Say more; twice: each request, three times: their bodies without secrets'
            cand --no-progress 'Show no progress bars'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'handin;map;import'= {
            cand --service 'The service of a CSV file without a column `service`'
            cand --settings 'Read the settings from this file'
            cand --profile 'Use the settings of this profile'
            cand --set 'Set one setting for this call, such as `azure.points=all`'
            cand --color 'When to use colour'
            cand --timeout 'Give up after this long, such as `90s` or `10m`'
            cand --jobs 'Send this many requests at the same time, at most'
            cand --token-file 'Read the token from this file (`/dev/fd/N` for a file descriptor)'
            cand --ca-file 'Trust the certificate authorities in this PEM file as well'
            cand --proxy 'Go through this proxy, whatever the environment says'
            cand --no-proxy 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all'
            cand --dry-run 'Say what would be written, and write nothing'
            cand --json 'Write one JSON document to standard output'
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more; twice: each request, three times: their bodies without secrets'
            cand --verbose 'Say more; twice: each request, three times: their bodies without secrets'
            cand --no-progress 'Show no progress bars'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'handin;map;export'= {
            cand --service 'Only for this service; may be repeated'
            cand --settings 'Read the settings from this file'
            cand --profile 'Use the settings of this profile'
            cand --set 'Set one setting for this call, such as `azure.points=all`'
            cand --color 'When to use colour'
            cand --timeout 'Give up after this long, such as `90s` or `10m`'
            cand --jobs 'Send this many requests at the same time, at most'
            cand --token-file 'Read the token from this file (`/dev/fd/N` for a file descriptor)'
            cand --ca-file 'Trust the certificate authorities in this PEM file as well'
            cand --proxy 'Go through this proxy, whatever the environment says'
            cand --no-proxy 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all'
            cand --json 'Write one JSON document to standard output'
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more; twice: each request, three times: their bodies without secrets'
            cand --verbose 'Say more; twice: each request, three times: their bodies without secrets'
            cand --no-progress 'Show no progress bars'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'handin;map;help'= {
            cand list 'List the tests with their cases, and how each was found'
            cand set 'Map a test to one or more cases'
            cand unset 'Forget the mapping of tests'
            cand suggest 'Propose a case for each test that has none'
            cand import 'Take mappings from a CSV file or a Katalon Studio project'
            cand export 'Write the mappings as CSV'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'handin;map;help;list'= {
        }
        &'handin;map;help;set'= {
        }
        &'handin;map;help;unset'= {
        }
        &'handin;map;help;suggest'= {
        }
        &'handin;map;help;import'= {
        }
        &'handin;map;help;export'= {
        }
        &'handin;map;help;help'= {
        }
        &'handin;completions'= {
            cand --settings 'Read the settings from this file'
            cand --profile 'Use the settings of this profile'
            cand --set 'Set one setting for this call, such as `azure.points=all`'
            cand --color 'When to use colour'
            cand --timeout 'Give up after this long, such as `90s` or `10m`'
            cand --jobs 'Send this many requests at the same time, at most'
            cand --token-file 'Read the token from this file (`/dev/fd/N` for a file descriptor)'
            cand --ca-file 'Trust the certificate authorities in this PEM file as well'
            cand --proxy 'Go through this proxy, whatever the environment says'
            cand --no-proxy 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all'
            cand --json 'Write one JSON document to standard output'
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more; twice: each request, three times: their bodies without secrets'
            cand --verbose 'Say more; twice: each request, three times: their bodies without secrets'
            cand --no-progress 'Show no progress bars'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'handin;help'= {
            cand login 'Store a token in the keyring of this system, after checking it'
            cand submit 'Hand test results in'
            cand verify 'Check that the reports can be handed in, without writing anything'
            cand projects 'List what the account can see: projects, and what is below one'
            cand map 'Manage which case on the service each test is'
            cand completions 'Print the completion script of a shell'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'handin;help;login'= {
        }
        &'handin;help;submit'= {
        }
        &'handin;help;verify'= {
        }
        &'handin;help;projects'= {
        }
        &'handin;help;map'= {
            cand list 'List the tests with their cases, and how each was found'
            cand set 'Map a test to one or more cases'
            cand unset 'Forget the mapping of tests'
            cand suggest 'Propose a case for each test that has none'
            cand import 'Take mappings from a CSV file or a Katalon Studio project'
            cand export 'Write the mappings as CSV'
        }
        &'handin;help;map;list'= {
        }
        &'handin;help;map;set'= {
        }
        &'handin;help;map;unset'= {
        }
        &'handin;help;map;suggest'= {
        }
        &'handin;help;map;import'= {
        }
        &'handin;help;map;export'= {
        }
        &'handin;help;completions'= {
        }
        &'handin;help;help'= {
        }
    ]
    $completions[$command]
}
