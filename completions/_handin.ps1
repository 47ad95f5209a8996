
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'handin' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'handin'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'handin' {
            [CompletionResult]::new('--settings', '--settings', [CompletionResultType]::ParameterName, 'Read the settings from this file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use the settings of this profile')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set one setting for this call, such as `azure.points=all`')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up after this long, such as `90s` or `10m`')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Send this many requests at the same time, at most')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file (`/dev/fd/N` for a file descriptor)')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificate authorities in this PEM file as well')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy, whatever the environment says')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON document to standard output')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bars')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Store a token in the keyring of this system, after checking it')
            [CompletionResult]::new('submit', 'submit', [CompletionResultType]::ParameterValue, 'Hand test results in')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check that the reports can be handed in, without writing anything')
            [CompletionResult]::new('projects', 'projects', [CompletionResultType]::ParameterValue, 'List what the account can see: projects, and what is below one')
            [CompletionResult]::new('map', 'map', [CompletionResultType]::ParameterValue, 'Manage which case on the service each test is')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'handin;login' {
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Where the service is; default: what the settings say')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Take the address from the integration settings of this Katalon Studio project; its secrets are never touched')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Sign in with this user''s password once, and store only the token that it is exchanged for (qTest, TestOps)')
            [CompletionResult]::new('--settings', '--settings', [CompletionResultType]::ParameterName, 'Read the settings from this file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use the settings of this profile')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set one setting for this call, such as `azure.points=all`')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up after this long, such as `90s` or `10m`')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Send this many requests at the same time, at most')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file (`/dev/fd/N` for a file descriptor)')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificate authorities in this PEM file as well')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy, whatever the environment says')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all')
            [CompletionResult]::new('--token-stdin', '--token-stdin', [CompletionResultType]::ParameterName, 'Read the token, or with `--user` the password, from standard input')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'List what is stored, and where the token in use comes from')
            [CompletionResult]::new('--remove', '--remove', [CompletionResultType]::ParameterName, 'Forget the token of a service')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON document to standard output')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bars')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'handin;submit' {
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'Hand in to this service; may be given several times')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'The test plan, by id or name (Azure)')
            [CompletionResult]::new('--suite', '--suite', [CompletionResultType]::ParameterName, 'The suite below which results go, by id, name or path (Azure)')
            [CompletionResult]::new('--configuration', '--configuration', [CompletionResultType]::ParameterName, 'The configuration of all results, by id or name (Azure)')
            [CompletionResult]::new('--points', '--points', [CompletionResultType]::ParameterName, 'What to do when a case has several test points: one (refuse), all, first (Azure)')
            [CompletionResult]::new('--run-name', '--run-name', [CompletionResultType]::ParameterName, 'The name of the run, with words such as `{ci.branch}`')
            [CompletionResult]::new('--build', '--build', [CompletionResultType]::ParameterName, 'The build that made the results, by id or number')
            [CompletionResult]::new('--attach', '--attach', [CompletionResultType]::ParameterName, 'For which tests files go along: failed, all, none')
            [CompletionResult]::new('--attachments', '--attachments', [CompletionResultType]::ParameterName, 'A further folder from which attachments may be read')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Names the build by hand: the same key and reports are the same submission')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'This is shard I of N: all shards of a build join one submission, and whichever comes last completes it')
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'Keep the journal in this file')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only reports that began at this time or later, such as `2024-01-01`')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only reports that began at this time or earlier; a date counts to its end')
            [CompletionResult]::new('--on-no-reports', '--on-no-reports', [CompletionResultType]::ParameterName, 'What to do when no report is found: fail, warn, ignore')
            [CompletionResult]::new('--on-empty', '--on-empty', [CompletionResultType]::ParameterName, 'What to do when the reports hold no test')
            [CompletionResult]::new('--on-unreadable', '--on-unreadable', [CompletionResultType]::ParameterName, 'What to do with a report that cannot be read')
            [CompletionResult]::new('--on-unmapped', '--on-unmapped', [CompletionResultType]::ParameterName, 'What to do with a test that has no case')
            [CompletionResult]::new('--on-ambiguous', '--on-ambiguous', [CompletionResultType]::ParameterName, 'What to do with a case that several places could take')
            [CompletionResult]::new('--on-stale', '--on-stale', [CompletionResultType]::ParameterName, 'What to do with a report that is older than the build')
            [CompletionResult]::new('--on-no-credential', '--on-no-credential', [CompletionResultType]::ParameterName, 'What to do when there is no credential')
            [CompletionResult]::new('--on-upload-error', '--on-upload-error', [CompletionResultType]::ParameterName, 'What to do when handing in fails')
            [CompletionResult]::new('--settings', '--settings', [CompletionResultType]::ParameterName, 'Read the settings from this file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use the settings of this profile')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set one setting for this call, such as `azure.points=all`')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up after this long, such as `90s` or `10m`')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Send this many requests at the same time, at most')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file (`/dev/fd/N` for a file descriptor)')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificate authorities in this PEM file as well')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy, whatever the environment says')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Do everything but write; print what would be written')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Do not wait until the service has taken in what it was handed (qTest, TestOps)')
            [CompletionResult]::new('--open', '--open', [CompletionResultType]::ParameterName, 'Join the submission of this build and leave it open for others')
            [CompletionResult]::new('--close', '--close', [CompletionResultType]::ParameterName, 'Join the submission of this build and complete it; works without reports too')
            [CompletionResult]::new('--again', '--again', [CompletionResultType]::ParameterName, 'Submit the same thing once more, on purpose')
            [CompletionResult]::new('--fail-on-test-failure', '--fail-on-test-failure', [CompletionResultType]::ParameterName, 'Exit with 10 when a test failed')
            [CompletionResult]::new('--each', '--each', [CompletionResultType]::ParameterName, 'Make every report a submission of its own, with its own times')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON document to standard output')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bars')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'handin;verify' {
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'Ask this service; may be given several times')
            [CompletionResult]::new('--settings', '--settings', [CompletionResultType]::ParameterName, 'Read the settings from this file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use the settings of this profile')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set one setting for this call, such as `azure.points=all`')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up after this long, such as `90s` or `10m`')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Send this many requests at the same time, at most')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file (`/dev/fd/N` for a file descriptor)')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificate authorities in this PEM file as well')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy, whatever the environment says')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Only read the reports; ask no service')
            [CompletionResult]::new('--coverage', '--coverage', [CompletionResultType]::ParameterName, 'Tell which cases on the service no test covers')
            [CompletionResult]::new('--cases', '--cases', [CompletionResultType]::ParameterName, 'List every test, with its outcome (with `--offline`)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON document to standard output')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bars')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'handin;projects' {
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Where the service is; default: what the settings say')
            [CompletionResult]::new('--create', '--create', [CompletionResultType]::ParameterName, 'Make a project of this name (TestOps)')
            [CompletionResult]::new('--results', '--results', [CompletionResultType]::ParameterName, 'List the results of this run (Azure)')
            [CompletionResult]::new('--outcome', '--outcome', [CompletionResultType]::ParameterName, 'Only results with this outcome, such as `Failed`')
            [CompletionResult]::new('--team', '--team', [CompletionResultType]::ParameterName, 'The team of the project that is made')
            [CompletionResult]::new('--settings', '--settings', [CompletionResultType]::ParameterName, 'Read the settings from this file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use the settings of this profile')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set one setting for this call, such as `azure.points=all`')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up after this long, such as `90s` or `10m`')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Send this many requests at the same time, at most')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file (`/dev/fd/N` for a file descriptor)')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificate authorities in this PEM file as well')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy, whatever the environment says')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all')
            [CompletionResult]::new('--use', '--use', [CompletionResultType]::ParameterName, 'Write what PATH names to the settings file')
            [CompletionResult]::new('--runs', '--runs', [CompletionResultType]::ParameterName, 'List the newest runs of the project or the plan (Azure)')
            [CompletionResult]::new('--names', '--names', [CompletionResultType]::ParameterName, 'Only the names of the tests, one a line, for a runner''s filter')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON document to standard output')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bars')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'handin;map' {
            [CompletionResult]::new('--settings', '--settings', [CompletionResultType]::ParameterName, 'Read the settings from this file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use the settings of this profile')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set one setting for this call, such as `azure.points=all`')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up after this long, such as `90s` or `10m`')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Send this many requests at the same time, at most')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file (`/dev/fd/N` for a file descriptor)')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificate authorities in this PEM file as well')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy, whatever the environment says')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON document to standard output')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bars')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the tests with their cases, and how each was found')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Map a test to one or more cases')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Forget the mapping of tests')
            [CompletionResult]::new('suggest', 'suggest', [CompletionResultType]::ParameterValue, 'Propose a case for each test that has none')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take mappings from a CSV file or a Katalon Studio project')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write the mappings as CSV')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'handin;map;list' {
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'Only for this service; may be repeated')
            [CompletionResult]::new('--settings', '--settings', [CompletionResultType]::ParameterName, 'Read the settings from this file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use the settings of this profile')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set one setting for this call, such as `azure.points=all`')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up after this long, such as `90s` or `10m`')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Send this many requests at the same time, at most')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file (`/dev/fd/N` for a file descriptor)')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificate authorities in this PEM file as well')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy, whatever the environment says')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all')
            [CompletionResult]::new('--unmapped', '--unmapped', [CompletionResultType]::ParameterName, 'Only tests that have no case')
            [CompletionResult]::new('--stale', '--stale', [CompletionResultType]::ParameterName, 'Only mappings of tests that no report has')
            [CompletionResult]::new('--duplicates', '--duplicates', [CompletionResultType]::ParameterName, 'Only cases that several tests share')
            [CompletionResult]::new('--associate', '--associate', [CompletionResultType]::ParameterName, 'Show which of Azure''s cases would be marked as automated by which test; with `--apply`, mark them')
            [CompletionResult]::new('--apply', '--apply', [CompletionResultType]::ParameterName, 'With `--associate`: do it')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON document to standard output')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bars')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'handin;map;set' {
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service; not needed when the settings have one alone')
            [CompletionResult]::new('--settings', '--settings', [CompletionResultType]::ParameterName, 'Read the settings from this file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use the settings of this profile')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set one setting for this call, such as `azure.points=all`')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up after this long, such as `90s` or `10m`')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Send this many requests at the same time, at most')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file (`/dev/fd/N` for a file descriptor)')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificate authorities in this PEM file as well')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy, whatever the environment says')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all')
            [CompletionResult]::new('--new', '--new', [CompletionResultType]::ParameterName, 'Map a test that no report has yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON document to standard output')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bars')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'handin;map;unset' {
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service; not needed when the settings have one alone')
            [CompletionResult]::new('--settings', '--settings', [CompletionResultType]::ParameterName, 'Read the settings from this file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use the settings of this profile')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set one setting for this call, such as `azure.points=all`')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up after this long, such as `90s` or `10m`')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Send this many requests at the same time, at most')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file (`/dev/fd/N` for a file descriptor)')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificate authorities in this PEM file as well')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy, whatever the environment says')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON document to standard output')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bars')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'handin;map;suggest' {
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service; not needed when the settings have one alone')
            [CompletionResult]::new('--titles', '--titles', [CompletionResultType]::ParameterName, 'Take the cases from this CSV file (id, title, folder) instead of asking the service')
            [CompletionResult]::new('--settings', '--settings', [CompletionResultType]::ParameterName, 'Read the settings from this file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use the settings of this profile')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set one setting for this call, such as `azure.points=all`')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up after this long, such as `90s` or `10m`')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Send this many requests at the same time, at most')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file (`/dev/fd/N` for a file descriptor)')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificate authorities in this PEM file as well')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy, whatever the environment says')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all')
            [CompletionResult]::new('--apply', '--apply', [CompletionResultType]::ParameterName, 'Write what is unambiguous into the settings file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON document to standard output')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bars')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'handin;map;import' {
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service of a CSV file without a column `service`')
            [CompletionResult]::new('--settings', '--settings', [CompletionResultType]::ParameterName, 'Read the settings from this file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use the settings of this profile')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set one setting for this call, such as `azure.points=all`')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up after this long, such as `90s` or `10m`')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Send this many requests at the same time, at most')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file (`/dev/fd/N` for a file descriptor)')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificate authorities in this PEM file as well')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy, whatever the environment says')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be written, and write nothing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON document to standard output')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bars')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'handin;map;export' {
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'Only for this service; may be repeated')
            [CompletionResult]::new('--settings', '--settings', [CompletionResultType]::ParameterName, 'Read the settings from this file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use the settings of this profile')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set one setting for this call, such as `azure.points=all`')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up after this long, such as `90s` or `10m`')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Send this many requests at the same time, at most')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file (`/dev/fd/N` for a file descriptor)')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificate authorities in this PEM file as well')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy, whatever the environment says')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON document to standard output')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bars')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'handin;map;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the tests with their cases, and how each was found')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Map a test to one or more cases')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Forget the mapping of tests')
            [CompletionResult]::new('suggest', 'suggest', [CompletionResultType]::ParameterValue, 'Propose a case for each test that has none')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take mappings from a CSV file or a Katalon Studio project')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write the mappings as CSV')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'handin;map;help;list' {
            break
        }
        'handin;map;help;set' {
            break
        }
        'handin;map;help;unset' {
            break
        }
        'handin;map;help;suggest' {
            break
        }
        'handin;map;help;import' {
            break
        }
        'handin;map;help;export' {
            break
        }
        'handin;map;help;help' {
            break
        }
        'handin;completions' {
            [CompletionResult]::new('--settings', '--settings', [CompletionResultType]::ParameterName, 'Read the settings from this file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use the settings of this profile')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set one setting for this call, such as `azure.points=all`')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up after this long, such as `90s` or `10m`')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Send this many requests at the same time, at most')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file (`/dev/fd/N` for a file descriptor)')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificate authorities in this PEM file as well')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Go through this proxy, whatever the environment says')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON document to standard output')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice: each request, three times: their bodies without secrets')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bars')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'handin;help' {
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Store a token in the keyring of this system, after checking it')
            [CompletionResult]::new('submit', 'submit', [CompletionResultType]::ParameterValue, 'Hand test results in')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check that the reports can be handed in, without writing anything')
            [CompletionResult]::new('projects', 'projects', [CompletionResultType]::ParameterValue, 'List what the account can see: projects, and what is below one')
            [CompletionResult]::new('map', 'map', [CompletionResultType]::ParameterValue, 'Manage which case on the service each test is')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'handin;help;login' {
            break
        }
        'handin;help;submit' {
            break
        }
        'handin;help;verify' {
            break
        }
        'handin;help;projects' {
            break
        }
        'handin;help;map' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the tests with their cases, and how each was found')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Map a test to one or more cases')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Forget the mapping of tests')
            [CompletionResult]::new('suggest', 'suggest', [CompletionResultType]::ParameterValue, 'Propose a case for each test that has none')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take mappings from a CSV file or a Katalon Studio project')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write the mappings as CSV')
            break
        }
        'handin;help;map;list' {
            break
        }
        'handin;help;map;set' {
            break
        }
        'handin;help;map;unset' {
            break
        }
        'handin;help;map;suggest' {
            break
        }
        'handin;help;map;import' {
            break
        }
        'handin;help;map;export' {
            break
        }
        'handin;help;completions' {
            break
        }
        'handin;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
