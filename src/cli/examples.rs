//! The examples that each command's help ends with. Every one of them is run by a test, as it stands here.

pub(super) const APP: &str = "\
Examples:
  # What do these reports hold? No service and no settings are needed
  handin verify --offline 'out/**/*.xml'

  # Write a test plan of your service to the settings file
  handin projects azure Shop/Regression --use

  # Check that every test is mapped to a test case that can take a result
  handin verify 'out/**/*.xml'

  # Submit the results; running it again is safe
  handin submit 'out/**/*.xml'

`handin help submit` shows the help of a command; `handin help exit-codes`, `environment` or `settings` explains what all commands share.";

pub(super) const INIT: &str = "\
Examples:
  # Answer a few questions; handin writes handin.toml
  handin init

  # Everything named, nothing asked
  handin init --service azure --project Shop --plan Regression --yes

  # With an example pipeline
  handin init --service qtest --pipeline gitlab --yes";

pub(super) const LOGIN: &str = "\
Examples:
  # Ask for the token, check it, and store it in the keyring
  handin login azure --url https://dev.azure.com/acme

  # The same in a script
  handin login qtest --url https://acme.qtestnet.com --token-stdin < token.txt

  # What is stored, and where does the current token come from?
  handin login --list

  # Delete it
  handin login azure --remove";

pub(super) const SUBMIT: &str = "\
Examples:
  # After the tests, in a pipeline; the token is in HANDIN_AZURE_TOKEN
  handin submit --service azure 'out/**/*.xml'

  # What would be written?
  handin submit --dry-run --service azure --plan Regression out/

  # Submit one report to every service in the settings
  handin submit report.xml

  # From standard input
  handin submit --service azure - < report.xml

  # The second of four jobs that run the tests in parts; all share one run
  handin submit --service azure --key \"$BUILD_TAG\" --shard 2/4 'out/**/*.xml'

  # Years of old reports, each with its own times
  handin submit --service azure --each --since 2024-01-01 'archive/**/*.xml'

  # Fail the build if a test is not mapped
  handin submit --service azure --on-unmapped=fail 'out/**/*.xml'

  # What was submitted, for a script
  handin submit --json report.xml > receipt.json";

pub(super) const VERIFY: &str = "\
Examples:
  # Are these reports readable, and what do they hold?
  handin verify --offline 'out/**/*.xml'

  # Is every test mapped to a test case that exists and can take a result?
  handin verify

  # Which test cases of the plan are not covered by a test?
  handin verify --service azure --coverage 'out/**/*.xml'

  # Every test with its outcome, for a script
  handin verify --offline --cases --json report.xml > tests.json";

pub(super) const PROJECTS: &str = "\
Examples:
  # What can this account see?
  handin projects azure --url https://dev.azure.com/acme

  # What is below a project?
  handin projects qtest Shop

  # Write a plan to the settings file
  handin projects azure Shop/Regression --use

  # Which tests failed in a run, for a runner's filter
  handin projects azure Shop --results 1 --outcome Failed --names";

pub(super) const DOCTOR: &str = "\
Examples:
  # Show version, settings and credentials; can the service be reached, and would it accept results?
  handin doctor

  # The same for a bug report
  handin doctor --service azure --json > doctor.json

  # Does the service behave as handin assumes? Writes to this plan, and deletes what it wrote
  handin doctor --probe azure --into Regression --into-used --yes";

pub(super) const MAP: &str = "\
Examples:
  # Which test case is each test mapped to?
  handin map list

  # Map one test, and write the certain suggestions for the others
  handin map set 'LoginTest > valid user' 1234 --service azure
  handin map suggest --service azure --apply";

pub(super) const MAP_LIST: &str = "\
Examples:
  # Which tests are not mapped?
  handin map list --unmapped 'out/**/*.xml'

  # Which test cases on Azure would be associated with which test?
  handin map list --associate --service azure";

pub(super) const MAP_SET: &str = "\
Examples:
  # To one test case, and to several
  handin map set 'LoginTest > valid user' 1234 --service azure
  handin map set 'LoginTest > wrong password' 1235 1236 --service azure

  # A test that is not in any report yet
  handin map set 'shop.CartTest > empty' TC-17 --service qtest --new";

pub(super) const MAP_UNSET: &str = "\
Examples:
  handin map unset 'shop.LoginTest > signed out' --service azure";

pub(super) const MAP_SUGGEST: &str = "\
Examples:
  # Which test cases match the tests in these reports?
  handin map suggest --service azure 'out/**/*.xml'

  # Write the certain suggestions
  handin map suggest --service azure --apply 'out/**/*.xml'

  # With titles from a file, without asking the service
  handin map suggest --service azure --titles cases.csv 'out/**/*.xml'";

pub(super) const MAP_IMPORT: &str = "\
Examples:
  # From a table
  handin map import csv mappings.csv --service azure

  # What would be imported from a Katalon Studio project?
  handin map import katalon ../ShopTests --dry-run";

pub(super) const MAP_EXPORT: &str = "\
Examples:
  handin map export --service azure > mappings.csv";

pub(super) const COMPLETIONS: &str = "\
Examples:
  # bash, for this user
  handin completions bash > ~/.local/share/bash-completion/completions/handin

  # zsh, in a folder of $fpath
  handin completions zsh > ~/.zfunc/_handin

  # fish
  handin completions fish > ~/.config/fish/completions/handin.fish";

pub(super) const HELP: &str = "\
Examples:
  # A command
  handin help map set

  # Exit codes, environment variables, and all settings
  handin help exit-codes
  handin help environment
  handin help settings";
