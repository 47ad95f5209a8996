//! How the stand-in behaves where services differ, or where a test wants it otherwise.

use std::collections::BTreeMap;
use std::time::Duration;

/// Which product answers, and so which versions of the API there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Flavour {
    /// Azure DevOps Services: 7.1, and 7.2 as preview.
    #[default]
    Cloud,
    /// Azure DevOps Server 2022: 7.0.
    Server2022,
    /// Azure DevOps Server 2020: 6.0; points, attachments and test plans are previews.
    Server2020,
    /// Azure DevOps Server 2019: 5.0; points, attachments and test plans are previews.
    Server2019,
}

/// How many entries a page of a list holds.
#[derive(Debug, Clone, Copy)]
pub struct PageSizes {
    /// Projects.
    pub projects: usize,
    /// Test plans.
    pub plans: usize,
    /// Test suites.
    pub suites: usize,
    /// Test configurations.
    pub configurations: usize,
    /// Test points and the test cases of a suite.
    pub points: usize,
    /// Test runs.
    pub runs: usize,
}

/// A token and what it may do.
#[derive(Debug, Clone)]
pub struct Token {
    /// Whose it is.
    pub user: String,
    /// Its scopes, such as `vso.test`; `vso.test_write` includes `vso.test`. Empty stands for full access.
    pub scopes: Vec<String>,
    /// Whether its time is over.
    pub expired: bool,
}

impl Token {
    /// Returns what anybody may do where projects are public.
    pub fn of_visitors() -> Self {
        let scopes = ["vso.project", "vso.test", "vso.work"];
        Self {
            user: String::new(),
            scopes: scopes.map(str::to_owned).to_vec(),
            expired: false,
        }
    }
}

/// The stand-in's behaviour.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches that a test sets, each by itself"
)]
pub struct Settings {
    /// The product.
    pub flavour: Flavour,
    /// Who may come in.
    pub tokens: BTreeMap<String, Token>,
    /// What those may do who show no token: what is public. Nothing: they are turned away.
    pub visitor: Option<Token>,
    /// The sizes of pages.
    pub pages: PageSizes,
    /// Bytes of a request that the service takes; attachments have a limit of their own.
    pub body_limit: usize,
    /// Whether an automated run with manual cases is refused; older servers do so.
    pub refuses_manual_cases: bool,
    /// Whether results are taken for a run that is completed or aborted.
    pub reopens_runs: bool,
    /// Whether answers carry the headers of rate limiting.
    pub shows_rate_limit: bool,
    /// Whether the service makes a result for each point of a run that is created with points.
    pub precreates: bool,
    /// Whether sub-results in a PATCH are appended to those that are there; a service that sets them would replace them.
    pub appends_sub_results: bool,
    /// Whether the steps of a result (`iterationDetails`) are kept; where not, they are left out without a word.
    pub keeps_iterations: bool,
    /// How long after its creation a run first shows in lists.
    pub listing_lag: Duration,
    /// For how many of the points of a new run results are made; those of the others are left out without a word.
    pub most_points: usize,
    /// Whether setting results changes the date of their run.
    pub touches_runs: bool,
    /// Whether the list of runs shows their comments where details are asked for.
    pub lists_comments: bool,
    /// How many characters the name of a run may have.
    pub longest_name: usize,
    /// How many characters of a stack trace are kept; the rest is cut off without a word.
    pub longest_trace: usize,
}

impl Default for Settings {
    fn default() -> Self {
        let owner = Token {
            user: "Kim Tester".to_owned(),
            scopes: Vec::new(),
            expired: false,
        };
        Self {
            flavour: Flavour::Cloud,
            tokens: BTreeMap::from([(DEFAULT_TOKEN.to_owned(), owner)]),
            visitor: None,
            pages: PageSizes {
                projects: 100,
                plans: 100,
                suites: 200,
                configurations: 200,
                points: 1000,
                runs: 100,
            },
            body_limit: 16 * 1024 * 1024,
            refuses_manual_cases: false,
            reopens_runs: false,
            shows_rate_limit: false,
            precreates: true,
            appends_sub_results: true,
            keeps_iterations: true,
            listing_lag: Duration::ZERO,
            most_points: usize::MAX,
            touches_runs: true,
            lists_comments: true,
            longest_name: 256,
            longest_trace: usize::MAX,
        }
    }
}

impl Settings {
    /// Adds a token of these scopes; none stands for full access.
    pub fn token(&mut self, token: &str, scopes: &[&str]) -> &mut Self {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.tokens.insert(
            token.to_owned(),
            Token {
                user: "Kim Tester".to_owned(),
                scopes,
                expired: false,
            },
        );
        self
    }

    /// Lets a token's time be over.
    pub fn expire(&mut self, token: &str) -> &mut Self {
        if let Some(known) = self.tokens.get_mut(token) {
            known.expired = true;
        }
        self
    }

    /// Chooses the product, with what goes with it.
    pub fn flavour(&mut self, flavour: Flavour) -> &mut Self {
        self.flavour = flavour;
        self.refuses_manual_cases = matches!(flavour, Flavour::Server2019 | Flavour::Server2020);
        self
    }
}

/// The token of full access that every world has; no secret, it opens nothing but stand-ins.
pub const DEFAULT_TOKEN: &str = "sandbox-azure-token";
