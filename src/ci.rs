//! Which CI is this, and what does it say of the build.
//!
//! Pure: the environment is handed in. The names of the variables are those of each system's own documentation.

/// Looks up a variable of the environment.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A CI system that handin knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// GitHub Actions.
    GitHub,
    /// Azure Pipelines.
    Azure,
    /// GitLab CI.
    GitLab,
    /// Jenkins.
    Jenkins,
    /// CircleCI.
    CircleCi,
    /// Bitbucket Pipelines.
    Bitbucket,
    /// TeamCity.
    TeamCity,
    /// Buildkite.
    Buildkite,
    /// Travis CI.
    Travis,
    /// AppVeyor.
    AppVeyor,
}

/// What a CI system says of the build that made the reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ci {
    /// The system; `None` outside CI.
    pub provider: Option<Provider>,
    /// The id that names the build for machines: that of the run, not of its attempt.
    pub build_id: Option<String>,
    /// The number that people see.
    pub build: Option<String>,
    /// The build's page.
    pub url: Option<String>,
    /// The branch or tag.
    pub branch: Option<String>,
    /// The commit.
    pub commit: Option<String>,
    /// The id that handin 0.1.0 took the build for, where that was another one.
    pub former_build_id: Option<String>,
    /// Which attempt of the same build this is, from 1.
    pub attempt: Option<String>,
    /// A number that grows when the system runs a job of the build again.
    pub retry: Option<u64>,
    /// The stage and the job, without what tells the parallel copies of one job apart.
    pub stage_and_job: Option<String>,
    /// The pipeline, workflow or build configuration, as people call it.
    pub pipeline: Option<String>,
    /// The job.
    pub job: Option<String>,
    /// Which of several parallel copies of the job this is, as `index/count` from 1.
    pub shard: Option<String>,
    /// The project on an Azure DevOps organisation.
    pub project: Option<String>,
    /// The address of that organisation.
    pub collection: Option<String>,
    /// The release that the pipeline is of, as Azure DevOps addresses it.
    pub release_uri: Option<String>,
    /// The stage of that release.
    pub release_environment_uri: Option<String>,
    /// When the build began, as the system writes it.
    pub started: Option<String>,
    /// The stage on Azure Pipelines.
    pub stage: Option<String>,
    /// Which attempt of the stage this is, from 1.
    pub stage_attempt: Option<u32>,
    /// The job as the pipeline's file has it, on Azure Pipelines.
    pub phase: Option<String>,
    /// Which attempt of that this is, from 1.
    pub phase_attempt: Option<u32>,
    /// Which attempt of the job this is on Azure Pipelines, from 1.
    pub job_attempt: Option<u32>,
}

impl Provider {
    /// Returns the word used in templates and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::Azure => "azure",
            Self::GitLab => "gitlab",
            Self::Jenkins => "jenkins",
            Self::CircleCi => "circleci",
            Self::Bitbucket => "bitbucket",
            Self::TeamCity => "teamcity",
            Self::Buildkite => "buildkite",
            Self::Travis => "travis",
            Self::AppVeyor => "appveyor",
        }
    }

    /// The variable that gives each system away, asked for in this order.
    const SIGNS: [(&'static str, Self); 10] = [
        ("GITHUB_ACTIONS", Self::GitHub),
        ("TF_BUILD", Self::Azure),
        ("GITLAB_CI", Self::GitLab),
        ("CIRCLECI", Self::CircleCi),
        ("BITBUCKET_BUILD_NUMBER", Self::Bitbucket),
        ("TEAMCITY_VERSION", Self::TeamCity),
        ("BUILDKITE", Self::Buildkite),
        ("TRAVIS", Self::Travis),
        ("APPVEYOR", Self::AppVeyor),
        // Last: agents of other systems are sometimes started by Jenkins, and inherit its variables.
        ("JENKINS_URL", Self::Jenkins),
    ];
}

impl Ci {
    /// Reads what the environment says.
    pub fn detect(lookup: Lookup<'_>) -> Self {
        let is_set =
            |name: &str| lookup(name).is_some_and(|value| !value.is_empty() && value != "false");
        match Provider::SIGNS.iter().find(|(sign, _)| is_set(sign)) {
            Some((_, provider)) => describe(*provider, lookup),
            None => Self::default(),
        }
    }

    /// Returns the value of a template word below `ci.`.
    pub fn word(&self, name: &str) -> Option<&str> {
        match name {
            "provider" => self.provider.map(Provider::word),
            "build" => self.build.as_deref(),
            "build_id" => self.build_id.as_deref(),
            "url" => self.url.as_deref(),
            "branch" => self.branch.as_deref(),
            "commit" => self.commit.as_deref(),
            "attempt" => self.attempt.as_deref(),
            "job" => self.job.as_deref(),
            "pipeline" => self.pipeline.as_deref(),
            "shard" => self.shard.as_deref(),
            _ => None,
        }
    }

    /// The template words below `ci.`.
    pub const WORDS: [&'static str; 10] = [
        "provider", "build", "build_id", "url", "branch", "commit", "attempt", "job", "pipeline",
        "shard",
    ];
}

fn describe(provider: Provider, lookup: Lookup<'_>) -> Ci {
    let get = |name: &str| lookup(name).filter(|value| !value.is_empty());
    let ci = match provider {
        Provider::GitHub => github(&get),
        Provider::Azure => azure(&get),
        Provider::GitLab => gitlab(&get),
        Provider::Jenkins => jenkins(&get),
        Provider::CircleCi => circleci(&get),
        Provider::Bitbucket => bitbucket(&get),
        Provider::TeamCity => teamcity(&get),
        Provider::Buildkite => buildkite(&get),
        Provider::Travis => travis(&get),
        Provider::AppVeyor => appveyor(&get),
    };
    Ci {
        provider: Some(provider),
        ..ci
    }
}

fn github(get: Lookup<'_>) -> Ci {
    let url = match (
        get("GITHUB_SERVER_URL"),
        get("GITHUB_REPOSITORY"),
        get("GITHUB_RUN_ID"),
    ) {
        (Some(server), Some(repository), Some(run)) => {
            Some(format!("{server}/{repository}/actions/runs/{run}"))
        }
        _ => None,
    };
    Ci {
        build_id: get("GITHUB_RUN_ID"),
        build: get("GITHUB_RUN_NUMBER"),
        url,
        branch: get("GITHUB_HEAD_REF").or_else(|| get("GITHUB_REF_NAME")),
        commit: get("GITHUB_SHA"),
        attempt: get("GITHUB_RUN_ATTEMPT"),
        retry: number(get("GITHUB_RUN_ATTEMPT")),
        job: get("GITHUB_JOB"),
        stage_and_job: get("GITHUB_JOB"),
        pipeline: get("GITHUB_WORKFLOW"),
        ..Ci::default()
    }
}

/// Returns the name of a branch or a tag. Azure: the variable with the short name has only what follows the last slash.
fn branch(reference: &str) -> &str {
    ["refs/heads/", "refs/tags/", "refs/"]
        .into_iter()
        .find_map(|prefix| reference.strip_prefix(prefix))
        .unwrap_or(reference)
}

fn azure(get: Lookup<'_>) -> Ci {
    let attempt = |name: &str| get(name).and_then(|text| text.parse().ok());
    let url = match (
        get("SYSTEM_COLLECTIONURI"),
        get("SYSTEM_TEAMPROJECT"),
        get("BUILD_BUILDID"),
    ) {
        (Some(collection), Some(project), Some(build)) => Some(format!(
            "{}/{}/_build/results?buildId={build}",
            collection.trim_end_matches('/'),
            project.replace(' ', "%20")
        )),
        _ => None,
    };
    Ci {
        build_id: get("BUILD_BUILDID"),
        build: get("BUILD_BUILDNUMBER"),
        url,
        branch: get("BUILD_SOURCEBRANCH")
            .map(|name| branch(&name).to_owned())
            .or_else(|| get("BUILD_SOURCEBRANCHNAME")),
        commit: get("BUILD_SOURCEVERSION"),
        attempt: get("SYSTEM_JOBATTEMPT"),
        // A stage that runs again counts its jobs from the beginning.
        retry: number(get("SYSTEM_JOBATTEMPT")).map(|job| {
            let stage = number(get("SYSTEM_STAGEATTEMPT")).unwrap_or(1);
            stage.saturating_mul(1000).saturating_add(job)
        }),
        stage_and_job: joined(get("SYSTEM_STAGENAME"), get("SYSTEM_PHASENAME")),
        job: get("SYSTEM_JOBNAME").or_else(|| get("AGENT_JOBNAME")),
        shard: shard(
            get("SYSTEM_JOBPOSITIONINPHASE"),
            get("SYSTEM_TOTALJOBSINPHASE"),
            0,
        ),
        project: get("SYSTEM_TEAMPROJECT"),
        collection: get("SYSTEM_COLLECTIONURI"),
        release_uri: get("RELEASE_RELEASEURI"),
        release_environment_uri: get("RELEASE_ENVIRONMENTURI"),
        started: get("SYSTEM_PIPELINESTARTTIME"),
        pipeline: get("BUILD_DEFINITIONNAME"),
        stage: get("SYSTEM_STAGENAME"),
        stage_attempt: attempt("SYSTEM_STAGEATTEMPT"),
        phase: get("SYSTEM_PHASENAME"),
        phase_attempt: attempt("SYSTEM_PHASEATTEMPT"),
        job_attempt: attempt("SYSTEM_JOBATTEMPT"),
        ..Ci::default()
    }
}

fn gitlab(get: Lookup<'_>) -> Ci {
    Ci {
        build_id: get("CI_PIPELINE_ID"),
        build: get("CI_PIPELINE_IID"),
        url: get("CI_PIPELINE_URL"),
        branch: get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME").or_else(|| get("CI_COMMIT_REF_NAME")),
        commit: get("CI_COMMIT_SHA"),
        retry: number(get("CI_JOB_ID")),
        job: get("CI_JOB_NAME"),
        stage_and_job: get("CI_JOB_NAME").map(|name| gitlab_job(&name).to_owned()),
        shard: shard(get("CI_NODE_INDEX"), get("CI_NODE_TOTAL"), 0),
        started: get("CI_PIPELINE_CREATED_AT"),
        pipeline: get("CI_PIPELINE_NAME").or_else(|| get("CI_PROJECT_NAME")),
        ..Ci::default()
    }
}

fn jenkins(get: Lookup<'_>) -> Ci {
    Ci {
        // The number alone is unique within its job only.
        build_id: get("BUILD_TAG").or_else(|| get("BUILD_URL")),
        build: get("BUILD_NUMBER"),
        url: get("BUILD_URL"),
        branch: get("CHANGE_BRANCH")
            .or_else(|| get("BRANCH_NAME"))
            .or_else(|| get("GIT_BRANCH")),
        commit: get("GIT_COMMIT"),
        job: get("JOB_NAME"),
        pipeline: get("JOB_NAME"),
        ..Ci::default()
    }
}

fn circleci(get: Lookup<'_>) -> Ci {
    Ci {
        // A workflow that runs again has an id of its own; the workspace stays that of the first.
        build_id: get("CIRCLE_WORKFLOW_WORKSPACE_ID").or_else(|| get("CIRCLE_WORKFLOW_ID")),
        former_build_id: get("CIRCLE_WORKFLOW_ID"),
        retry: number(get("CIRCLE_BUILD_NUM")),
        stage_and_job: get("CIRCLE_JOB"),
        build: get("CIRCLE_BUILD_NUM"),
        url: get("CIRCLE_BUILD_URL"),
        branch: get("CIRCLE_BRANCH").or_else(|| get("CIRCLE_TAG")),
        commit: get("CIRCLE_SHA1"),
        job: get("CIRCLE_JOB"),
        shard: shard(get("CIRCLE_NODE_INDEX"), get("CIRCLE_NODE_TOTAL"), 1),
        pipeline: get("CIRCLE_PROJECT_REPONAME"),
        ..Ci::default()
    }
}

fn bitbucket(get: Lookup<'_>) -> Ci {
    let url = match (
        get("BITBUCKET_GIT_HTTP_ORIGIN"),
        get("BITBUCKET_BUILD_NUMBER"),
    ) {
        (Some(origin), Some(number)) => Some(format!("{origin}/pipelines/results/{number}")),
        _ => None,
    };
    Ci {
        build_id: get("BITBUCKET_PIPELINE_UUID").or_else(|| get("BITBUCKET_BUILD_NUMBER")),
        build: get("BITBUCKET_BUILD_NUMBER"),
        url,
        branch: get("BITBUCKET_BRANCH").or_else(|| get("BITBUCKET_TAG")),
        commit: get("BITBUCKET_COMMIT"),
        attempt: get("BITBUCKET_STEP_RUN_NUMBER"),
        retry: number(get("BITBUCKET_STEP_RUN_NUMBER")),
        shard: shard(
            get("BITBUCKET_PARALLEL_STEP"),
            get("BITBUCKET_PARALLEL_STEP_COUNT"),
            1,
        ),
        pipeline: get("BITBUCKET_REPO_SLUG"),
        ..Ci::default()
    }
}

fn teamcity(get: Lookup<'_>) -> Ci {
    Ci {
        build_id: teamcity_build(get),
        former_build_id: get("TEAMCITY_BUILD_ID").or_else(|| get("BUILD_NUMBER")),
        build: get("BUILD_NUMBER"),
        url: get("BUILD_URL"),
        commit: get("BUILD_VCS_NUMBER"),
        job: get("TEAMCITY_BUILDCONF_NAME"),
        pipeline: get("TEAMCITY_BUILDCONF_NAME"),
        ..Ci::default()
    }
}

fn buildkite(get: Lookup<'_>) -> Ci {
    Ci {
        build_id: get("BUILDKITE_BUILD_ID"),
        build: get("BUILDKITE_BUILD_NUMBER"),
        url: get("BUILDKITE_BUILD_URL"),
        branch: get("BUILDKITE_BRANCH"),
        commit: get("BUILDKITE_COMMIT"),
        attempt: get("BUILDKITE_RETRY_COUNT"),
        retry: number(get("BUILDKITE_RETRY_COUNT")),
        // The label of a parallel copy holds its number.
        stage_and_job: get("BUILDKITE_STEP_KEY").or_else(|| get("BUILDKITE_STEP_ID")),
        job: get("BUILDKITE_LABEL").or_else(|| get("BUILDKITE_STEP_KEY")),
        shard: shard(
            get("BUILDKITE_PARALLEL_JOB"),
            get("BUILDKITE_PARALLEL_JOB_COUNT"),
            1,
        ),
        pipeline: get("BUILDKITE_PIPELINE_NAME").or_else(|| get("BUILDKITE_PIPELINE_SLUG")),
        ..Ci::default()
    }
}

fn travis(get: Lookup<'_>) -> Ci {
    Ci {
        build_id: get("TRAVIS_BUILD_ID"),
        build: get("TRAVIS_BUILD_NUMBER"),
        url: get("TRAVIS_BUILD_WEB_URL"),
        branch: get("TRAVIS_PULL_REQUEST_BRANCH").or_else(|| get("TRAVIS_BRANCH")),
        commit: get("TRAVIS_COMMIT"),
        job: get("TRAVIS_JOB_NAME"),
        stage_and_job: get("TRAVIS_BUILD_STAGE_NAME"),
        pipeline: get("TRAVIS_REPO_SLUG"),
        ..Ci::default()
    }
}

fn appveyor(get: Lookup<'_>) -> Ci {
    let url = match (
        get("APPVEYOR_URL"),
        get("APPVEYOR_ACCOUNT_NAME"),
        get("APPVEYOR_PROJECT_SLUG"),
        get("APPVEYOR_BUILD_ID"),
    ) {
        (Some(server), Some(account), Some(project), Some(build)) => Some(format!(
            "{server}/project/{account}/{project}/builds/{build}"
        )),
        _ => None,
    };
    Ci {
        build_id: get("APPVEYOR_BUILD_ID"),
        build: get("APPVEYOR_BUILD_VERSION").or_else(|| get("APPVEYOR_BUILD_NUMBER")),
        url,
        branch: get("APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH")
            .or_else(|| get("APPVEYOR_REPO_BRANCH")),
        commit: get("APPVEYOR_REPO_COMMIT"),
        job: get("APPVEYOR_JOB_NAME"),
        pipeline: get("APPVEYOR_PROJECT_NAME"),
        ..Ci::default()
    }
}

/// Returns the unique id of a TeamCity build: the id in the address of its page. Where there is none, its number, which is
/// unique within its configuration only.
fn teamcity_build(get: Lookup<'_>) -> Option<String> {
    let of_address = get("BUILD_URL").and_then(|url| {
        let (path, query) = url.split_once('?').unwrap_or((&url, ""));
        let in_query = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("buildId="));
        let in_path = || path.trim_end_matches('/').rsplit('/').next();
        let id = in_query.or_else(in_path)?;
        let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| id.to_owned())
    });
    of_address.or_else(|| {
        let names = [
            get("TEAMCITY_PROJECT_NAME"),
            get("TEAMCITY_BUILDCONF_NAME"),
            Some(get("BUILD_NUMBER")?),
        ];
        Some(names.into_iter().flatten().collect::<Vec<_>>().join(" › "))
    })
}

/// Returns the name of a GitLab job without what tells its copies apart: ` 2/4` of `parallel: 4`, `: [linux, 18]` of a matrix.
fn gitlab_job(name: &str) -> &str {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_copy = |copy: &str| {
        copy.split_once('/')
            .is_some_and(|(index, count)| is_number(index) && is_number(count))
    };
    let name = match name.rsplit_once(' ') {
        Some((job, copy)) if is_copy(copy) => job,
        Some(_) | None => name,
    };
    match name.split_once(": [") {
        Some((job, _)) if name.ends_with(']') => job,
        Some(_) | None => name,
    }
}

fn joined(stage: Option<String>, job: Option<String>) -> Option<String> {
    let names: Vec<String> = [stage, job].into_iter().flatten().collect();
    (!names.is_empty()).then(|| names.join(" › "))
}

fn number(text: Option<String>) -> Option<u64> {
    text?.parse().ok()
}

/// Returns `index/count` from 1; `add` is what the system's own index lacks. Nothing for a job that is not split.
fn shard(index: Option<String>, count: Option<String>, add: u32) -> Option<String> {
    let (index, count) = (
        index?.parse::<u32>().ok()? + add,
        count?.parse::<u32>().ok()?,
    );
    (count > 1 && index >= 1 && index <= count).then(|| format!("{index}/{count}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(pairs: &[(&str, &str)]) -> Ci {
        Ci::detect(&|name| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_retried_github_run_is_the_same_build() {
        let run = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_RUN_ID", "77"),
            ("GITHUB_RUN_NUMBER", "12"),
        ];
        let first = detect(&[run.as_slice(), &[("GITHUB_RUN_ATTEMPT", "1")]].concat());
        let second = detect(&[run.as_slice(), &[("GITHUB_RUN_ATTEMPT", "2")]].concat());
        assert_eq!(
            (first.build_id, first.build),
            (second.build_id, second.build)
        );
        assert_ne!(first.attempt, second.attempt);
    }

    #[test]
    fn shards_count_from_one_wherever_the_system_begins() {
        let circle = detect(&[
            ("CIRCLECI", "true"),
            ("CIRCLE_NODE_INDEX", "0"),
            ("CIRCLE_NODE_TOTAL", "4"),
        ]);
        assert_eq!(circle.shard.as_deref(), Some("1/4"));
        let gitlab = detect(&[
            ("GITLAB_CI", "true"),
            ("CI_NODE_INDEX", "4"),
            ("CI_NODE_TOTAL", "4"),
        ]);
        assert_eq!(gitlab.shard.as_deref(), Some("4/4"));
        let alone = detect(&[("GITLAB_CI", "true"), ("CI_NODE_TOTAL", "1")]);
        assert_eq!(alone.shard, None);
    }

    #[test]
    fn a_jenkins_build_number_alone_names_no_build() {
        let jenkins = detect(&[
            ("JENKINS_URL", "https://ci"),
            ("BUILD_NUMBER", "5"),
            ("BUILD_TAG", "jenkins-shop-5"),
        ]);
        assert_eq!(jenkins.build_id.as_deref(), Some("jenkins-shop-5"));
    }

    #[test]
    fn a_teamcity_build_is_named_by_the_id_in_its_address() {
        let build = |url: &str| {
            let signs = [("TEAMCITY_VERSION", "2025.03"), ("BUILD_NUMBER", "12")];
            let names = [("TEAMCITY_BUILDCONF_NAME", "Nightly"), ("BUILD_URL", url)];
            detect(&[signs, names].concat()).build_id
        };
        let id = Some("4711".to_owned());
        assert_eq!(build("https://ci/buildConfiguration/Shop_Nightly/4711"), id);
        assert_eq!(
            build("https://ci/viewLog.html?buildTypeId=Shop&buildId=4711&tab=log"),
            id
        );
        assert_eq!(build("").as_deref(), Some("Nightly › 12"));
    }

    #[test]
    fn copies_of_one_job_are_one_job_and_stages_are_not() {
        let gitlab =
            |name: &str| detect(&[("GITLAB_CI", "true"), ("CI_JOB_NAME", name)]).stage_and_job;
        for name in ["e2e 2/4", "e2e: [linux, 18]", "e2e: [linux, 18] 1/2", "e2e"] {
            assert_eq!(gitlab(name).as_deref(), Some("e2e"), "{name}");
        }
        assert_eq!(gitlab("e2e v1/x").as_deref(), Some("e2e v1/x"));
        let azure = |stage: &str, attempt: &str| {
            detect(&[
                ("TF_BUILD", "True"),
                ("SYSTEM_STAGENAME", stage),
                ("SYSTEM_PHASENAME", "e2e"),
                ("SYSTEM_STAGEATTEMPT", attempt),
                ("SYSTEM_JOBATTEMPT", "1"),
            ])
        };
        assert_ne!(
            azure("QA", "1").stage_and_job,
            azure("Prod", "1").stage_and_job
        );
        assert!(azure("QA", "1").retry < azure("QA", "2").retry);
    }

    #[test]
    fn a_circleci_workflow_that_runs_again_is_the_same_build() {
        let run = |workflow: &str, job: &str| {
            detect(&[
                ("CIRCLECI", "true"),
                ("CIRCLE_WORKFLOW_ID", workflow),
                ("CIRCLE_WORKFLOW_WORKSPACE_ID", "first"),
                ("CIRCLE_BUILD_NUM", job),
            ])
        };
        let (first, second) = (run("first", "7"), run("second", "9"));
        assert_eq!(first.build_id, second.build_id);
        assert!(first.retry < second.retry);
    }

    #[test]
    fn outside_of_ci_nothing_is_said() {
        assert_eq!(detect(&[("BUILD_NUMBER", "5")]), Ci::default());
    }
}
