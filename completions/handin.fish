# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_handin_global_optspecs
    string join \n settings= profile= set= json q/quiet v/verbose color= no-progress timeout= jobs= token-file= ca-file= proxy= no-proxy= h/help V/version
end

function __fish_handin_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_handin_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_handin_using_subcommand
    set -l cmd (__fish_handin_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c handin -n "__fish_handin_needs_command" -l settings -d 'Read the settings from this file' -r -F
complete -c handin -n "__fish_handin_needs_command" -l profile -d 'Use the settings of this profile' -r
complete -c handin -n "__fish_handin_needs_command" -l set -d 'Set one setting for this call, such as `azure.points=all`' -r
complete -c handin -n "__fish_handin_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'In a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c handin -n "__fish_handin_needs_command" -l timeout -d 'Give up after this long, such as `90s` or `10m`' -r
complete -c handin -n "__fish_handin_needs_command" -l jobs -d 'Send this many requests at the same time, at most' -r
complete -c handin -n "__fish_handin_needs_command" -l token-file -d 'Read the token from this file (`/dev/fd/N` for a file descriptor)' -r -F
complete -c handin -n "__fish_handin_needs_command" -l ca-file -d 'Trust the certificate authorities in this PEM file as well' -r -F
complete -c handin -n "__fish_handin_needs_command" -l proxy -d 'Go through this proxy, whatever the environment says' -r
complete -c handin -n "__fish_handin_needs_command" -l no-proxy -d 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all' -r
complete -c handin -n "__fish_handin_needs_command" -l json -d 'Write one JSON document to standard output'
complete -c handin -n "__fish_handin_needs_command" -s q -l quiet -d 'Print only what went wrong'
complete -c handin -n "__fish_handin_needs_command" -s v -l verbose -d 'Print more; can be given up to three times'
complete -c handin -n "__fish_handin_needs_command" -l no-progress -d 'Show no progress bars'
complete -c handin -n "__fish_handin_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c handin -n "__fish_handin_needs_command" -s V -l version -d 'Print version'
complete -c handin -n "__fish_handin_needs_command" -f -a "init" -d 'Write the first handin.toml of a project'
complete -c handin -n "__fish_handin_needs_command" -f -a "login" -d 'Store a token in the keyring of this system, after checking it'
complete -c handin -n "__fish_handin_needs_command" -f -a "submit" -d 'Submit test results'
complete -c handin -n "__fish_handin_needs_command" -f -a "verify" -d 'Check that the reports can be submitted, without writing anything'
complete -c handin -n "__fish_handin_needs_command" -f -a "projects" -d 'List the projects that the account can see, and what they contain'
complete -c handin -n "__fish_handin_needs_command" -f -a "doctor" -d 'Check settings, credentials and services'
complete -c handin -n "__fish_handin_needs_command" -f -a "map" -d 'Map tests to test cases'
complete -c handin -n "__fish_handin_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c handin -n "__fish_handin_needs_command" -f -a "help" -d 'Show help for a command, or for exit-codes, environment, settings'
complete -c handin -n "__fish_handin_using_subcommand init" -l service -d 'The service: azure, qtest, katalon or kiwi' -r -f -a "azure\t'Azure DevOps Test Plans'
qtest\t'qTest'
katalon\t'Katalon TestOps'
kiwi\t'Kiwi TCMS'"
complete -c handin -n "__fish_handin_using_subcommand init" -l url -d 'The URL of the service, such as `https://dev.azure.com/acme`' -r
complete -c handin -n "__fish_handin_using_subcommand init" -l project -d 'The project on the service: name or id' -r
complete -c handin -n "__fish_handin_using_subcommand init" -l plan -d 'The test plan (Azure): name or id' -r
complete -c handin -n "__fish_handin_using_subcommand init" -l module -d 'The module in which test cases are created (qTest)' -r
complete -c handin -n "__fish_handin_using_subcommand init" -l reports -d 'Where the reports are: a file, a folder or a quoted glob' -r
complete -c handin -n "__fish_handin_using_subcommand init" -l pipeline -d 'Write a pipeline too: github, azure, gitlab or jenkins; `none` writes no pipeline and does not ask' -r -f -a "github\t'GitHub Actions'
azure\t'Azure Pipelines'
gitlab\t'GitLab CI'
jenkins\t'Jenkins'
none\t'No pipeline'"
complete -c handin -n "__fish_handin_using_subcommand init" -l settings -d 'Read the settings from this file' -r -F
complete -c handin -n "__fish_handin_using_subcommand init" -l profile -d 'Use the settings of this profile' -r
complete -c handin -n "__fish_handin_using_subcommand init" -l set -d 'Set one setting for this call, such as `azure.points=all`' -r
complete -c handin -n "__fish_handin_using_subcommand init" -l color -d 'When to use colour' -r -f -a "auto\t'In a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c handin -n "__fish_handin_using_subcommand init" -l timeout -d 'Give up after this long, such as `90s` or `10m`' -r
complete -c handin -n "__fish_handin_using_subcommand init" -l jobs -d 'Send this many requests at the same time, at most' -r
complete -c handin -n "__fish_handin_using_subcommand init" -l token-file -d 'Read the token from this file (`/dev/fd/N` for a file descriptor)' -r -F
complete -c handin -n "__fish_handin_using_subcommand init" -l ca-file -d 'Trust the certificate authorities in this PEM file as well' -r -F
complete -c handin -n "__fish_handin_using_subcommand init" -l proxy -d 'Go through this proxy, whatever the environment says' -r
complete -c handin -n "__fish_handin_using_subcommand init" -l no-proxy -d 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all' -r
complete -c handin -n "__fish_handin_using_subcommand init" -s y -l yes -d 'Accept what was found, and ask nothing'
complete -c handin -n "__fish_handin_using_subcommand init" -l json -d 'Write one JSON document to standard output'
complete -c handin -n "__fish_handin_using_subcommand init" -s q -l quiet -d 'Print only what went wrong'
complete -c handin -n "__fish_handin_using_subcommand init" -s v -l verbose -d 'Print more; can be given up to three times'
complete -c handin -n "__fish_handin_using_subcommand init" -l no-progress -d 'Show no progress bars'
complete -c handin -n "__fish_handin_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c handin -n "__fish_handin_using_subcommand init" -s V -l version -d 'Print version'
complete -c handin -n "__fish_handin_using_subcommand login" -l url -d 'The URL of the service; default: `url` in the settings' -r
complete -c handin -n "__fish_handin_using_subcommand login" -l from -d 'Take the URL from the integration settings of this Katalon Studio project; its secrets are never read' -r -F
complete -c handin -n "__fish_handin_using_subcommand login" -l user -d 'Sign in with this user\'s password (all but Azure)' -r
complete -c handin -n "__fish_handin_using_subcommand login" -l settings -d 'Read the settings from this file' -r -F
complete -c handin -n "__fish_handin_using_subcommand login" -l profile -d 'Use the settings of this profile' -r
complete -c handin -n "__fish_handin_using_subcommand login" -l set -d 'Set one setting for this call, such as `azure.points=all`' -r
complete -c handin -n "__fish_handin_using_subcommand login" -l color -d 'When to use colour' -r -f -a "auto\t'In a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c handin -n "__fish_handin_using_subcommand login" -l timeout -d 'Give up after this long, such as `90s` or `10m`' -r
complete -c handin -n "__fish_handin_using_subcommand login" -l jobs -d 'Send this many requests at the same time, at most' -r
complete -c handin -n "__fish_handin_using_subcommand login" -l token-file -d 'Read the token from this file (`/dev/fd/N` for a file descriptor)' -r -F
complete -c handin -n "__fish_handin_using_subcommand login" -l ca-file -d 'Trust the certificate authorities in this PEM file as well' -r -F
complete -c handin -n "__fish_handin_using_subcommand login" -l proxy -d 'Go through this proxy, whatever the environment says' -r
complete -c handin -n "__fish_handin_using_subcommand login" -l no-proxy -d 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all' -r
complete -c handin -n "__fish_handin_using_subcommand login" -l token-stdin -d 'Read the token, or with `--user` the password, from standard input'
complete -c handin -n "__fish_handin_using_subcommand login" -l device -d 'Sign in with a browser, on this machine or any other, and store only what renews the login (Azure DevOps)'
complete -c handin -n "__fish_handin_using_subcommand login" -l list -d 'List the stored logins, and show where the current token comes from'
complete -c handin -n "__fish_handin_using_subcommand login" -l remove -d 'Delete the stored login of a service'
complete -c handin -n "__fish_handin_using_subcommand login" -l json -d 'Write one JSON document to standard output'
complete -c handin -n "__fish_handin_using_subcommand login" -s q -l quiet -d 'Print only what went wrong'
complete -c handin -n "__fish_handin_using_subcommand login" -s v -l verbose -d 'Print more; can be given up to three times'
complete -c handin -n "__fish_handin_using_subcommand login" -l no-progress -d 'Show no progress bars'
complete -c handin -n "__fish_handin_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c handin -n "__fish_handin_using_subcommand login" -s V -l version -d 'Print version'
complete -c handin -n "__fish_handin_using_subcommand submit" -l service -d 'Submit to azure, qtest, katalon or kiwi; repeatable' -r -f -a "azure\t'Azure DevOps Test Plans'
qtest\t'qTest'
katalon\t'Katalon TestOps'
kiwi\t'Kiwi TCMS'"
complete -c handin -n "__fish_handin_using_subcommand submit" -l url -d 'The URL of the service; default: `url` in the settings' -r
complete -c handin -n "__fish_handin_using_subcommand submit" -l project -d 'The project or product, by id or name' -r
complete -c handin -n "__fish_handin_using_subcommand submit" -l plan -d 'The test plan, by id or name; repeatable on Azure' -r
complete -c handin -n "__fish_handin_using_subcommand submit" -l suite -d 'The suite, by id, name or path (Azure, qTest)' -r
complete -c handin -n "__fish_handin_using_subcommand submit" -l configuration -d 'The configuration of all results, by id or name (Azure)' -r
complete -c handin -n "__fish_handin_using_subcommand submit" -l points -d 'What to do when a test case has several test points (Azure)' -r -f -a "one\t''
all\t''
first\t''"
complete -c handin -n "__fish_handin_using_subcommand submit" -l run -d 'The existing run that takes the results, by its id (Azure)' -r
complete -c handin -n "__fish_handin_using_subcommand submit" -l run-name -d 'The name of the run; a template' -r
complete -c handin -n "__fish_handin_using_subcommand submit" -l build -d 'The build that produced the results, by id or number' -r
complete -c handin -n "__fish_handin_using_subcommand submit" -l release -d 'The release, by id or name' -r
complete -c handin -n "__fish_handin_using_subcommand submit" -l attach -d 'Upload the attachments of these tests: failed, all, none' -r -f -a "failed\t''
all\t''
none\t''"
complete -c handin -n "__fish_handin_using_subcommand submit" -l attachments -d 'A further folder from which attachments may be read' -r -F
complete -c handin -n "__fish_handin_using_subcommand submit" -l retries -d 'Which of several attempts of one test counts: worst, last' -r -f -a "worst\t''
last\t''"
complete -c handin -n "__fish_handin_using_subcommand submit" -l journal -d 'Keep the journal in this file' -r -F
complete -c handin -n "__fish_handin_using_subcommand submit" -l summary -d 'Write a summary page, `.md` or `.html`; repeatable' -r -F
complete -c handin -n "__fish_handin_using_subcommand submit" -l ci-output -d 'Write outputs, a summary and annotations for this CI' -r -f -a "auto\t''
none\t''
github\t''
azure\t''
gitlab\t''
jenkins\t''"
complete -c handin -n "__fish_handin_using_subcommand submit" -l key -d 'Name the build by hand' -r
complete -c handin -n "__fish_handin_using_subcommand submit" -l shard -d 'This is shard I of N of one submission' -r
complete -c handin -n "__fish_handin_using_subcommand submit" -l since -d 'Only reports that began at this time or later: `2024-01-01`' -r
complete -c handin -n "__fish_handin_using_subcommand submit" -l until -d 'Only reports that began at this time or earlier' -r
complete -c handin -n "__fish_handin_using_subcommand submit" -l on-no-reports -d 'What to do when no report is found' -r -f -a "fail\t''
warn\t''
ignore\t''"
complete -c handin -n "__fish_handin_using_subcommand submit" -l on-empty -d 'What to do when the reports hold no test' -r -f -a "fail\t''
warn\t''
ignore\t''"
complete -c handin -n "__fish_handin_using_subcommand submit" -l on-unreadable -d 'What to do with a report that cannot be read' -r -f -a "fail\t''
warn\t''
ignore\t''"
complete -c handin -n "__fish_handin_using_subcommand submit" -l on-unmapped -d 'What to do with a test that is not mapped to a test case' -r -f -a "fail\t''
warn\t''
ignore\t''"
complete -c handin -n "__fish_handin_using_subcommand submit" -l on-ambiguous -d 'What to do with a result that fits several places' -r -f -a "fail\t''
warn\t''
ignore\t''"
complete -c handin -n "__fish_handin_using_subcommand submit" -l on-missing-case -d 'What to do with a test case that does not exist' -r -f -a "fail\t''
warn\t''
ignore\t''"
complete -c handin -n "__fish_handin_using_subcommand submit" -l on-missing-point -d 'What to do with a test case that is not in the plan or suite (Azure)' -r -f -a "fail\t''
warn\t''
ignore\t''"
complete -c handin -n "__fish_handin_using_subcommand submit" -l on-stale -d 'What to do with a report that is older than the build' -r -f -a "fail\t''
warn\t''
ignore\t''"
complete -c handin -n "__fish_handin_using_subcommand submit" -l on-no-credential -d 'What to do when there is no credential' -r -f -a "fail\t''
warn\t''
ignore\t''"
complete -c handin -n "__fish_handin_using_subcommand submit" -l on-upload-error -d 'What to do when submitting fails' -r -f -a "fail\t''
warn\t''
ignore\t''"
complete -c handin -n "__fish_handin_using_subcommand submit" -l settings -d 'Read the settings from this file' -r -F
complete -c handin -n "__fish_handin_using_subcommand submit" -l profile -d 'Use the settings of this profile' -r
complete -c handin -n "__fish_handin_using_subcommand submit" -l set -d 'Set one setting for this call, such as `azure.points=all`' -r
complete -c handin -n "__fish_handin_using_subcommand submit" -l color -d 'When to use colour' -r -f -a "auto\t'In a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c handin -n "__fish_handin_using_subcommand submit" -l timeout -d 'Give up after this long, such as `90s` or `10m`' -r
complete -c handin -n "__fish_handin_using_subcommand submit" -l jobs -d 'Send this many requests at the same time, at most' -r
complete -c handin -n "__fish_handin_using_subcommand submit" -l token-file -d 'Read the token from this file (`/dev/fd/N` for a file descriptor)' -r -F
complete -c handin -n "__fish_handin_using_subcommand submit" -l ca-file -d 'Trust the certificate authorities in this PEM file as well' -r -F
complete -c handin -n "__fish_handin_using_subcommand submit" -l proxy -d 'Go through this proxy, whatever the environment says' -r
complete -c handin -n "__fish_handin_using_subcommand submit" -l no-proxy -d 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all' -r
complete -c handin -n "__fish_handin_using_subcommand submit" -l dry-run -d 'Write nothing; print what would be written'
complete -c handin -n "__fish_handin_using_subcommand submit" -l no-wait -d 'Do not wait for the import to finish (qTest, TestOps)'
complete -c handin -n "__fish_handin_using_subcommand submit" -l fail-on-test-failure -d 'Exit with 10 when a test failed'
complete -c handin -n "__fish_handin_using_subcommand submit" -l open -d 'Join the build\'s submission, and leave it open'
complete -c handin -n "__fish_handin_using_subcommand submit" -l close -d 'Join the build\'s submission, and complete it'
complete -c handin -n "__fish_handin_using_subcommand submit" -l again -d 'Submit the same thing once more, on purpose'
complete -c handin -n "__fish_handin_using_subcommand submit" -l each -d 'Make every report a submission of its own'
complete -c handin -n "__fish_handin_using_subcommand submit" -l json -d 'Write one JSON document to standard output'
complete -c handin -n "__fish_handin_using_subcommand submit" -s q -l quiet -d 'Print only what went wrong'
complete -c handin -n "__fish_handin_using_subcommand submit" -s v -l verbose -d 'Print more; can be given up to three times'
complete -c handin -n "__fish_handin_using_subcommand submit" -l no-progress -d 'Show no progress bars'
complete -c handin -n "__fish_handin_using_subcommand submit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c handin -n "__fish_handin_using_subcommand submit" -s V -l version -d 'Print version'
complete -c handin -n "__fish_handin_using_subcommand verify" -l service -d 'Check for azure, qtest, katalon or kiwi; repeatable' -r -f -a "azure\t'Azure DevOps Test Plans'
qtest\t'qTest'
katalon\t'Katalon TestOps'
kiwi\t'Kiwi TCMS'"
complete -c handin -n "__fish_handin_using_subcommand verify" -l retries -d 'Which of several attempts of one test counts: worst, last' -r -f -a "worst\t''
last\t''"
complete -c handin -n "__fish_handin_using_subcommand verify" -l url -d 'The URL of the service; default: `url` in the settings' -r
complete -c handin -n "__fish_handin_using_subcommand verify" -l project -d 'The project or product, by id or name' -r
complete -c handin -n "__fish_handin_using_subcommand verify" -l plan -d 'The test plan, by id or name; repeatable on Azure' -r
complete -c handin -n "__fish_handin_using_subcommand verify" -l suite -d 'The suite, by id, name or path (Azure, qTest)' -r
complete -c handin -n "__fish_handin_using_subcommand verify" -l configuration -d 'The configuration of all results, by id or name (Azure)' -r
complete -c handin -n "__fish_handin_using_subcommand verify" -l points -d 'What to do when a test case has several test points (Azure)' -r -f -a "one\t''
all\t''
first\t''"
complete -c handin -n "__fish_handin_using_subcommand verify" -l run -d 'The existing run that takes the results, by its id (Azure)' -r
complete -c handin -n "__fish_handin_using_subcommand verify" -l run-name -d 'The name of the run; a template' -r
complete -c handin -n "__fish_handin_using_subcommand verify" -l build -d 'The build that produced the results, by id or number' -r
complete -c handin -n "__fish_handin_using_subcommand verify" -l release -d 'The release, by id or name' -r
complete -c handin -n "__fish_handin_using_subcommand verify" -l on-missing-case -d 'What to do with a test case that does not exist' -r -f -a "fail\t''
warn\t''
ignore\t''"
complete -c handin -n "__fish_handin_using_subcommand verify" -l on-missing-point -d 'What to do with a test case that is not in the plan or suite (Azure)' -r -f -a "fail\t''
warn\t''
ignore\t''"
complete -c handin -n "__fish_handin_using_subcommand verify" -l ci-output -d 'Write outputs, a summary and annotations for this CI' -r -f -a "auto\t''
none\t''
github\t''
azure\t''
gitlab\t''
jenkins\t''"
complete -c handin -n "__fish_handin_using_subcommand verify" -l settings -d 'Read the settings from this file' -r -F
complete -c handin -n "__fish_handin_using_subcommand verify" -l profile -d 'Use the settings of this profile' -r
complete -c handin -n "__fish_handin_using_subcommand verify" -l set -d 'Set one setting for this call, such as `azure.points=all`' -r
complete -c handin -n "__fish_handin_using_subcommand verify" -l color -d 'When to use colour' -r -f -a "auto\t'In a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c handin -n "__fish_handin_using_subcommand verify" -l timeout -d 'Give up after this long, such as `90s` or `10m`' -r
complete -c handin -n "__fish_handin_using_subcommand verify" -l jobs -d 'Send this many requests at the same time, at most' -r
complete -c handin -n "__fish_handin_using_subcommand verify" -l token-file -d 'Read the token from this file (`/dev/fd/N` for a file descriptor)' -r -F
complete -c handin -n "__fish_handin_using_subcommand verify" -l ca-file -d 'Trust the certificate authorities in this PEM file as well' -r -F
complete -c handin -n "__fish_handin_using_subcommand verify" -l proxy -d 'Go through this proxy, whatever the environment says' -r
complete -c handin -n "__fish_handin_using_subcommand verify" -l no-proxy -d 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all' -r
complete -c handin -n "__fish_handin_using_subcommand verify" -l offline -d 'Only read the reports; ask no service'
complete -c handin -n "__fish_handin_using_subcommand verify" -l coverage -d 'List the test cases on the service that no test covers'
complete -c handin -n "__fish_handin_using_subcommand verify" -l cases -d 'List every test, with its outcome (with `--offline`)'
complete -c handin -n "__fish_handin_using_subcommand verify" -l json -d 'Write one JSON document to standard output'
complete -c handin -n "__fish_handin_using_subcommand verify" -s q -l quiet -d 'Print only what went wrong'
complete -c handin -n "__fish_handin_using_subcommand verify" -s v -l verbose -d 'Print more; can be given up to three times'
complete -c handin -n "__fish_handin_using_subcommand verify" -l no-progress -d 'Show no progress bars'
complete -c handin -n "__fish_handin_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c handin -n "__fish_handin_using_subcommand verify" -s V -l version -d 'Print version'
complete -c handin -n "__fish_handin_using_subcommand projects" -l url -d 'The URL of the service; default: `url` in the settings' -r
complete -c handin -n "__fish_handin_using_subcommand projects" -l create -d 'Create a project with this name (TestOps)' -r
complete -c handin -n "__fish_handin_using_subcommand projects" -l results -d 'List the results of this run (Azure)' -r
complete -c handin -n "__fish_handin_using_subcommand projects" -l outcome -d 'Only results with this outcome, such as `Failed`' -r
complete -c handin -n "__fish_handin_using_subcommand projects" -l team -d 'The team of the new project' -r
complete -c handin -n "__fish_handin_using_subcommand projects" -l settings -d 'Read the settings from this file' -r -F
complete -c handin -n "__fish_handin_using_subcommand projects" -l profile -d 'Use the settings of this profile' -r
complete -c handin -n "__fish_handin_using_subcommand projects" -l set -d 'Set one setting for this call, such as `azure.points=all`' -r
complete -c handin -n "__fish_handin_using_subcommand projects" -l color -d 'When to use colour' -r -f -a "auto\t'In a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c handin -n "__fish_handin_using_subcommand projects" -l timeout -d 'Give up after this long, such as `90s` or `10m`' -r
complete -c handin -n "__fish_handin_using_subcommand projects" -l jobs -d 'Send this many requests at the same time, at most' -r
complete -c handin -n "__fish_handin_using_subcommand projects" -l token-file -d 'Read the token from this file (`/dev/fd/N` for a file descriptor)' -r -F
complete -c handin -n "__fish_handin_using_subcommand projects" -l ca-file -d 'Trust the certificate authorities in this PEM file as well' -r -F
complete -c handin -n "__fish_handin_using_subcommand projects" -l proxy -d 'Go through this proxy, whatever the environment says' -r
complete -c handin -n "__fish_handin_using_subcommand projects" -l no-proxy -d 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all' -r
complete -c handin -n "__fish_handin_using_subcommand projects" -l use -d 'Write the item that PATH names to the settings file'
complete -c handin -n "__fish_handin_using_subcommand projects" -l runs -d 'List the newest runs of the project or the plan (Azure)'
complete -c handin -n "__fish_handin_using_subcommand projects" -l names -d 'Print only the names of the tests, one per line, for a runner\'s filter'
complete -c handin -n "__fish_handin_using_subcommand projects" -l json -d 'Write one JSON document to standard output'
complete -c handin -n "__fish_handin_using_subcommand projects" -s q -l quiet -d 'Print only what went wrong'
complete -c handin -n "__fish_handin_using_subcommand projects" -s v -l verbose -d 'Print more; can be given up to three times'
complete -c handin -n "__fish_handin_using_subcommand projects" -l no-progress -d 'Show no progress bars'
complete -c handin -n "__fish_handin_using_subcommand projects" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c handin -n "__fish_handin_using_subcommand projects" -s V -l version -d 'Print version'
complete -c handin -n "__fish_handin_using_subcommand doctor" -l service -d 'Check azure, qtest, katalon or kiwi; repeatable' -r -f -a "azure\t'Azure DevOps Test Plans'
qtest\t'qTest'
katalon\t'Katalon TestOps'
kiwi\t'Kiwi TCMS'"
complete -c handin -n "__fish_handin_using_subcommand doctor" -l probe -d 'Test by experiment what handin assumes about this service' -r -f -a "azure\t'Azure DevOps Test Plans'
qtest\t'qTest'
katalon\t'Katalon TestOps'
kiwi\t'Kiwi TCMS'"
complete -c handin -n "__fish_handin_using_subcommand doctor" -l into -d 'The only place where the experiments may write: a test plan, a module, a project or a product' -r
complete -c handin -n "__fish_handin_using_subcommand doctor" -l record -d 'Record requests and answers in this file, for a bug report' -r -F
complete -c handin -n "__fish_handin_using_subcommand doctor" -l settings -d 'Read the settings from this file' -r -F
complete -c handin -n "__fish_handin_using_subcommand doctor" -l profile -d 'Use the settings of this profile' -r
complete -c handin -n "__fish_handin_using_subcommand doctor" -l set -d 'Set one setting for this call, such as `azure.points=all`' -r
complete -c handin -n "__fish_handin_using_subcommand doctor" -l color -d 'When to use colour' -r -f -a "auto\t'In a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c handin -n "__fish_handin_using_subcommand doctor" -l timeout -d 'Give up after this long, such as `90s` or `10m`' -r
complete -c handin -n "__fish_handin_using_subcommand doctor" -l jobs -d 'Send this many requests at the same time, at most' -r
complete -c handin -n "__fish_handin_using_subcommand doctor" -l token-file -d 'Read the token from this file (`/dev/fd/N` for a file descriptor)' -r -F
complete -c handin -n "__fish_handin_using_subcommand doctor" -l ca-file -d 'Trust the certificate authorities in this PEM file as well' -r -F
complete -c handin -n "__fish_handin_using_subcommand doctor" -l proxy -d 'Go through this proxy, whatever the environment says' -r
complete -c handin -n "__fish_handin_using_subcommand doctor" -l no-proxy -d 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all' -r
complete -c handin -n "__fish_handin_using_subcommand doctor" -l into-used -d 'Allow a place that is not empty'
complete -c handin -n "__fish_handin_using_subcommand doctor" -l yes -d 'Do not ask before writing'
complete -c handin -n "__fish_handin_using_subcommand doctor" -l clean -d 'Only delete what an earlier probe left behind'
complete -c handin -n "__fish_handin_using_subcommand doctor" -l json -d 'Write one JSON document to standard output'
complete -c handin -n "__fish_handin_using_subcommand doctor" -s q -l quiet -d 'Print only what went wrong'
complete -c handin -n "__fish_handin_using_subcommand doctor" -s v -l verbose -d 'Print more; can be given up to three times'
complete -c handin -n "__fish_handin_using_subcommand doctor" -l no-progress -d 'Show no progress bars'
complete -c handin -n "__fish_handin_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c handin -n "__fish_handin_using_subcommand doctor" -s V -l version -d 'Print version'
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -l settings -d 'Read the settings from this file' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -l profile -d 'Use the settings of this profile' -r
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -l set -d 'Set one setting for this call, such as `azure.points=all`' -r
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -l color -d 'When to use colour' -r -f -a "auto\t'In a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -l timeout -d 'Give up after this long, such as `90s` or `10m`' -r
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -l jobs -d 'Send this many requests at the same time, at most' -r
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -l token-file -d 'Read the token from this file (`/dev/fd/N` for a file descriptor)' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -l ca-file -d 'Trust the certificate authorities in this PEM file as well' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -l proxy -d 'Go through this proxy, whatever the environment says' -r
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -l no-proxy -d 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all' -r
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -l json -d 'Write one JSON document to standard output'
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -s q -l quiet -d 'Print only what went wrong'
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -s v -l verbose -d 'Print more; can be given up to three times'
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -l no-progress -d 'Show no progress bars'
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -s V -l version -d 'Print version'
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -f -a "list" -d 'List the tests with their test cases, and how each was found'
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -f -a "set" -d 'Map a test to one or more test cases'
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -f -a "unset" -d 'Remove the mapping of tests'
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -f -a "suggest" -d 'Suggest a test case for each unmapped test'
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -f -a "import" -d 'Import mappings from a CSV file or a Katalon Studio project'
complete -c handin -n "__fish_handin_using_subcommand map; and not __fish_seen_subcommand_from list set unset suggest import export" -f -a "export" -d 'Write the mappings as CSV'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l service -d 'Only for this service; may be repeated' -r -f -a "azure\t'Azure DevOps Test Plans'
qtest\t'qTest'
katalon\t'Katalon TestOps'
kiwi\t'Kiwi TCMS'"
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l url -d 'The URL of the service; default: `url` in the settings' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l project -d 'The project or product, by id or name' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l plan -d 'The test plan, by id or name; repeatable on Azure' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l suite -d 'The suite, by id, name or path (Azure, qTest)' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l configuration -d 'The configuration of all results, by id or name (Azure)' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l points -d 'What to do when a test case has several test points (Azure)' -r -f -a "one\t''
all\t''
first\t''"
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l settings -d 'Read the settings from this file' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l profile -d 'Use the settings of this profile' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l set -d 'Set one setting for this call, such as `azure.points=all`' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'In a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l timeout -d 'Give up after this long, such as `90s` or `10m`' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l jobs -d 'Send this many requests at the same time, at most' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l token-file -d 'Read the token from this file (`/dev/fd/N` for a file descriptor)' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l ca-file -d 'Trust the certificate authorities in this PEM file as well' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l proxy -d 'Go through this proxy, whatever the environment says' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l no-proxy -d 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l unmapped -d 'Only unmapped tests'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l stale -d 'Only mappings of tests that are in no report'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l duplicates -d 'Only test cases that several tests share'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l associate -d 'Show which test cases on Azure would be associated with which test as their automation; with `--apply`, associate them'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l apply -d 'With `--associate`, make the changes'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l json -d 'Write one JSON document to standard output'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only what went wrong'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more; can be given up to three times'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -l no-progress -d 'Show no progress bars'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from set" -l service -d 'The service; not needed if the settings have only one' -r -f -a "azure\t'Azure DevOps Test Plans'
qtest\t'qTest'
katalon\t'Katalon TestOps'
kiwi\t'Kiwi TCMS'"
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from set" -l settings -d 'Read the settings from this file' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from set" -l profile -d 'Use the settings of this profile' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from set" -l set -d 'Set one setting for this call, such as `azure.points=all`' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from set" -l color -d 'When to use colour' -r -f -a "auto\t'In a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from set" -l timeout -d 'Give up after this long, such as `90s` or `10m`' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from set" -l jobs -d 'Send this many requests at the same time, at most' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from set" -l token-file -d 'Read the token from this file (`/dev/fd/N` for a file descriptor)' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from set" -l ca-file -d 'Trust the certificate authorities in this PEM file as well' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from set" -l proxy -d 'Go through this proxy, whatever the environment says' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from set" -l no-proxy -d 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from set" -l new -d 'Map a test that is not in any report yet'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from set" -l all -d 'Map all tests in the reports that match the name, such as all rows of a parametrized test'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from set" -l json -d 'Write one JSON document to standard output'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print only what went wrong'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Print more; can be given up to three times'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from set" -l no-progress -d 'Show no progress bars'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from set" -s V -l version -d 'Print version'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from unset" -l service -d 'The service; not needed if the settings have only one' -r -f -a "azure\t'Azure DevOps Test Plans'
qtest\t'qTest'
katalon\t'Katalon TestOps'
kiwi\t'Kiwi TCMS'"
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from unset" -l settings -d 'Read the settings from this file' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from unset" -l profile -d 'Use the settings of this profile' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from unset" -l set -d 'Set one setting for this call, such as `azure.points=all`' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from unset" -l color -d 'When to use colour' -r -f -a "auto\t'In a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from unset" -l timeout -d 'Give up after this long, such as `90s` or `10m`' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from unset" -l jobs -d 'Send this many requests at the same time, at most' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from unset" -l token-file -d 'Read the token from this file (`/dev/fd/N` for a file descriptor)' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from unset" -l ca-file -d 'Trust the certificate authorities in this PEM file as well' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from unset" -l proxy -d 'Go through this proxy, whatever the environment says' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from unset" -l no-proxy -d 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from unset" -l json -d 'Write one JSON document to standard output'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from unset" -s q -l quiet -d 'Print only what went wrong'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from unset" -s v -l verbose -d 'Print more; can be given up to three times'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from unset" -l no-progress -d 'Show no progress bars'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from unset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from unset" -s V -l version -d 'Print version'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l service -d 'The service; not needed if the settings have only one' -r -f -a "azure\t'Azure DevOps Test Plans'
qtest\t'qTest'
katalon\t'Katalon TestOps'
kiwi\t'Kiwi TCMS'"
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l titles -d 'Read the test cases from this CSV file (id, title, folder) instead of asking the service' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l url -d 'The URL of the service; default: `url` in the settings' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l project -d 'The project or product, by id or name' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l plan -d 'The test plan, by id or name; repeatable on Azure' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l suite -d 'The suite, by id, name or path (Azure, qTest)' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l configuration -d 'The configuration of all results, by id or name (Azure)' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l points -d 'What to do when a test case has several test points (Azure)' -r -f -a "one\t''
all\t''
first\t''"
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l settings -d 'Read the settings from this file' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l profile -d 'Use the settings of this profile' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l set -d 'Set one setting for this call, such as `azure.points=all`' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l color -d 'When to use colour' -r -f -a "auto\t'In a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l timeout -d 'Give up after this long, such as `90s` or `10m`' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l jobs -d 'Send this many requests at the same time, at most' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l token-file -d 'Read the token from this file (`/dev/fd/N` for a file descriptor)' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l ca-file -d 'Trust the certificate authorities in this PEM file as well' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l proxy -d 'Go through this proxy, whatever the environment says' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l no-proxy -d 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l apply -d 'Write the certain pairs to the settings file'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l json -d 'Write one JSON document to standard output'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -s q -l quiet -d 'Print only what went wrong'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -s v -l verbose -d 'Print more; can be given up to three times'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -l no-progress -d 'Show no progress bars'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from suggest" -s V -l version -d 'Print version'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from import" -l service -d 'The service, if the CSV file has no column `service`' -r -f -a "azure\t'Azure DevOps Test Plans'
qtest\t'qTest'
katalon\t'Katalon TestOps'
kiwi\t'Kiwi TCMS'"
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from import" -l qtest-project -d 'The qTest project whose mappings are imported from a Katalon project, by id or name' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from import" -l settings -d 'Read the settings from this file' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from import" -l profile -d 'Use the settings of this profile' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from import" -l set -d 'Set one setting for this call, such as `azure.points=all`' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from import" -l color -d 'When to use colour' -r -f -a "auto\t'In a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from import" -l timeout -d 'Give up after this long, such as `90s` or `10m`' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from import" -l jobs -d 'Send this many requests at the same time, at most' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from import" -l token-file -d 'Read the token from this file (`/dev/fd/N` for a file descriptor)' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from import" -l ca-file -d 'Trust the certificate authorities in this PEM file as well' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from import" -l proxy -d 'Go through this proxy, whatever the environment says' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from import" -l no-proxy -d 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from import" -l dry-run -d 'Show what would be written, and write nothing'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from import" -l json -d 'Write one JSON document to standard output'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Print only what went wrong'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Print more; can be given up to three times'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from import" -l no-progress -d 'Show no progress bars'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from import" -s V -l version -d 'Print version'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from export" -l service -d 'Only for this service; may be repeated' -r -f -a "azure\t'Azure DevOps Test Plans'
qtest\t'qTest'
katalon\t'Katalon TestOps'
kiwi\t'Kiwi TCMS'"
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from export" -l settings -d 'Read the settings from this file' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from export" -l profile -d 'Use the settings of this profile' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from export" -l set -d 'Set one setting for this call, such as `azure.points=all`' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from export" -l color -d 'When to use colour' -r -f -a "auto\t'In a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from export" -l timeout -d 'Give up after this long, such as `90s` or `10m`' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from export" -l jobs -d 'Send this many requests at the same time, at most' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from export" -l token-file -d 'Read the token from this file (`/dev/fd/N` for a file descriptor)' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from export" -l ca-file -d 'Trust the certificate authorities in this PEM file as well' -r -F
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from export" -l proxy -d 'Go through this proxy, whatever the environment says' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from export" -l no-proxy -d 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all' -r
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from export" -l json -d 'Write one JSON document to standard output'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Print only what went wrong'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Print more; can be given up to three times'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from export" -l no-progress -d 'Show no progress bars'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c handin -n "__fish_handin_using_subcommand map; and __fish_seen_subcommand_from export" -s V -l version -d 'Print version'
complete -c handin -n "__fish_handin_using_subcommand completions" -l settings -d 'Read the settings from this file' -r -F
complete -c handin -n "__fish_handin_using_subcommand completions" -l profile -d 'Use the settings of this profile' -r
complete -c handin -n "__fish_handin_using_subcommand completions" -l set -d 'Set one setting for this call, such as `azure.points=all`' -r
complete -c handin -n "__fish_handin_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t'In a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c handin -n "__fish_handin_using_subcommand completions" -l timeout -d 'Give up after this long, such as `90s` or `10m`' -r
complete -c handin -n "__fish_handin_using_subcommand completions" -l jobs -d 'Send this many requests at the same time, at most' -r
complete -c handin -n "__fish_handin_using_subcommand completions" -l token-file -d 'Read the token from this file (`/dev/fd/N` for a file descriptor)' -r -F
complete -c handin -n "__fish_handin_using_subcommand completions" -l ca-file -d 'Trust the certificate authorities in this PEM file as well' -r -F
complete -c handin -n "__fish_handin_using_subcommand completions" -l proxy -d 'Go through this proxy, whatever the environment says' -r
complete -c handin -n "__fish_handin_using_subcommand completions" -l no-proxy -d 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all' -r
complete -c handin -n "__fish_handin_using_subcommand completions" -l json -d 'Write one JSON document to standard output'
complete -c handin -n "__fish_handin_using_subcommand completions" -s q -l quiet -d 'Print only what went wrong'
complete -c handin -n "__fish_handin_using_subcommand completions" -s v -l verbose -d 'Print more; can be given up to three times'
complete -c handin -n "__fish_handin_using_subcommand completions" -l no-progress -d 'Show no progress bars'
complete -c handin -n "__fish_handin_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c handin -n "__fish_handin_using_subcommand completions" -s V -l version -d 'Print version'
complete -c handin -n "__fish_handin_using_subcommand help" -l settings -d 'Read the settings from this file' -r -F
complete -c handin -n "__fish_handin_using_subcommand help" -l profile -d 'Use the settings of this profile' -r
complete -c handin -n "__fish_handin_using_subcommand help" -l set -d 'Set one setting for this call, such as `azure.points=all`' -r
complete -c handin -n "__fish_handin_using_subcommand help" -l color -d 'When to use colour' -r -f -a "auto\t'In a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c handin -n "__fish_handin_using_subcommand help" -l timeout -d 'Give up after this long, such as `90s` or `10m`' -r
complete -c handin -n "__fish_handin_using_subcommand help" -l jobs -d 'Send this many requests at the same time, at most' -r
complete -c handin -n "__fish_handin_using_subcommand help" -l token-file -d 'Read the token from this file (`/dev/fd/N` for a file descriptor)' -r -F
complete -c handin -n "__fish_handin_using_subcommand help" -l ca-file -d 'Trust the certificate authorities in this PEM file as well' -r -F
complete -c handin -n "__fish_handin_using_subcommand help" -l proxy -d 'Go through this proxy, whatever the environment says' -r
complete -c handin -n "__fish_handin_using_subcommand help" -l no-proxy -d 'Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all' -r
complete -c handin -n "__fish_handin_using_subcommand help" -l json -d 'Write one JSON document to standard output'
complete -c handin -n "__fish_handin_using_subcommand help" -s q -l quiet -d 'Print only what went wrong'
complete -c handin -n "__fish_handin_using_subcommand help" -s v -l verbose -d 'Print more; can be given up to three times'
complete -c handin -n "__fish_handin_using_subcommand help" -l no-progress -d 'Show no progress bars'
complete -c handin -n "__fish_handin_using_subcommand help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c handin -n "__fish_handin_using_subcommand help" -s V -l version -d 'Print version'

# Completes with what handin knows at the moment.
function __fish_handin_names
    set -l words (commandline -opc)
    command handin __names $argv[1] -- $words 2>/dev/null </dev/null
end

complete -c handin -l profile -x -a "(__fish_handin_names profiles)"
complete -c handin -n "__fish_handin_using_subcommand login" -f -a "azure qtest katalon kiwi"
complete -c handin -n "__fish_handin_using_subcommand projects" -f -a "(__fish_handin_names projects)"
complete -c handin -n "__fish_handin_using_subcommand completions" -f -a "bash elvish fish powershell zsh"
