//! What a run on Azure is linked to: the build and the release of the pipeline, or those that are named.

use handin_sandbox::azure::World;
use serde_json::json;

use crate::azure::{Scene, warnings};
use crate::submit::{report, shop};

#[test]
fn a_build_is_linked_by_its_id_or_its_number() {
    let mut world = shop();
    world
        .project("Depot")
        .build("Shop", 4711, "77")
        .build("Shop", 4712, "20260101.2")
        .build("Shop", 4713, "20260101.2");
    for build in ["4711", "77"] {
        let scene = Scene::of(world.clone(), "");
        scene.done(&["--build", build]);
        assert_eq!(scene.run()["build"]["id"], "4711");
    }
    for (build, words) in [
        ("20260101.9", "no build"),
        ("20260101.2", "several builds"),
        ("4719", "no build"),
    ] {
        let scene = Scene::of(world.clone(), "");
        let answer = scene.submit(&["--build", build]);
        assert_eq!(answer.code, Some(5), "{answer:?}");
        assert!(answer.stderr.contains(words), "{}", answer.stderr);
        assert_eq!(scene.sandbox.run_count(), 0);
    }
}

#[test]
fn a_release_is_linked_by_its_number() {
    let mut world = shop();
    world.release("Shop", 31, "Release-31");
    let scene = Scene::of(world, "release = \"31\"\n");
    scene.done(&[]);
    let mut world = shop();
    world.release("Shop", 31, "Release-31");
    let scene = Scene::of(world, "");
    let page = "https://dev.azure.com/acme/Shop/_releaseProgress?_a=release-pipeline-progress&releaseId=31";
    scene.done(&["--release", page]);
    assert_eq!(
        scene.run()["releaseUri"],
        "vstfs:///ReleaseManagement/Release/31"
    );
    for release in [
        "x",
        "vstfs:///ReleaseManagement/Release/x",
        "https://dev.azure.com/acme/Shop",
    ] {
        let before = scene.sandbox.run_count();
        let answer = scene.submit(&["--release", release, "--key", "none"]);
        assert_eq!(answer.code, Some(5), "{release}: {answer:?}");
        assert!(
            answer
                .stderr
                .contains("is not a release; nothing was written"),
            "{}",
            answer.stderr
        );
        assert_eq!(scene.sandbox.run_count(), before);
    }
    let scene = Scene::of(shop(), "release = \"32\"\n");
    for command in ["verify", "submit"] {
        let answer = scene.desk.run(&[command, "r.xml"]);
        assert_eq!(answer.code, Some(5), "{answer:?}");
        let said = format!("{}{}", answer.stdout, answer.stderr);
        let sentence = "the project `Shop` has no release 32";
        assert!(said.contains(sentence), "{said}");
    }
    assert_eq!(scene.sandbox.run_count(), 0);
}

/// A project with a build and a release, beside another one.
fn shop_with_pipelines() -> World {
    let mut world = shop();
    world
        .project("Depot")
        .build("Shop", 4711, "20260101.1")
        .release("Shop", 31, "Release-31");
    world
}

/// Sets the variables of a pipeline of a project.
fn within_pipeline(scene: &mut Scene, project: &str) {
    scene
        .desk
        .set("TF_BUILD", "True")
        .set("SYSTEM_TEAMPROJECT", project)
        .set("SYSTEM_COLLECTIONURI", "https://dev.azure.com/acme/")
        .set("BUILD_BUILDID", "4711")
        .set("BUILD_BUILDNUMBER", "20260101.1");
}

/// Sets the variables that a release pipeline has besides.
fn within_release(scene: &mut Scene) {
    scene
        .desk
        .set(
            "RELEASE_RELEASEURI",
            "vstfs:///ReleaseManagement/Release/31",
        )
        .set(
            "RELEASE_ENVIRONMENTURI",
            "vstfs:///ReleaseManagement/Environment/310",
        );
}

#[test]
fn inside_a_pipeline_the_run_is_linked_to_its_build() {
    let mut scene = Scene::of(shop_with_pipelines(), "");
    within_pipeline(&mut scene, "Shop");
    scene.done(&[]);
    assert_eq!(scene.run()["build"]["id"], "4711");
    assert!(scene.run().get("releaseUri").is_none());
}

#[test]
fn a_build_of_another_project_is_not_linked_and_named_in_the_comment() {
    let mut scene = Scene::of(shop_with_pipelines(), "");
    within_pipeline(&mut scene, "Depot");
    within_release(&mut scene);
    let submission = scene.done(&[]);
    let told = warnings(&submission);
    assert!(
        told.contains("the build belongs to the project `Depot`"),
        "{told}"
    );
    assert!(
        told.contains("the release belongs to the project `Depot`"),
        "{told}"
    );
    let run = scene.run();
    assert!(
        run.get("build").is_none() && run.get("releaseUri").is_none(),
        "{run}"
    );
    let comment = run["comment"].as_str().unwrap();
    assert!(
        comment.contains("https://dev.azure.com/acme/Depot/_build/results?buildId=4711"),
        "{comment}"
    );
}

#[test]
fn inside_a_release_the_run_is_linked_to_its_stage() {
    let mut scene = Scene::of(shop_with_pipelines(), "");
    within_pipeline(&mut scene, "Shop");
    within_release(&mut scene);
    scene.done(&[]);
    let run = scene.run();
    assert_eq!(run["releaseUri"], "vstfs:///ReleaseManagement/Release/31");
    assert_eq!(
        run["releaseEnvironmentUri"],
        "vstfs:///ReleaseManagement/Environment/310"
    );
}

#[test]
fn the_release_that_the_settings_name_comes_before_that_of_the_pipeline() {
    let mut world = shop_with_pipelines();
    world.release("Shop", 32, "Release-32");
    let mut scene = Scene::of(world, "release = \"32\"\n");
    within_pipeline(&mut scene, "Shop");
    within_release(&mut scene);
    scene.done(&[]);
    let run = scene.run();
    assert_eq!(run["releaseUri"], "vstfs:///ReleaseManagement/Release/32");
    assert!(run.get("releaseEnvironmentUri").is_none(), "{run}");
}

#[test]
fn the_build_of_another_ci_is_no_build_of_azure() {
    let mut scene = Scene::of(shop_with_pipelines(), "");
    scene
        .desk
        .set("GITHUB_ACTIONS", "true")
        .set("GITHUB_RUN_ID", "77")
        .set("GITHUB_SERVER_URL", "https://github.com")
        .set("GITHUB_REPOSITORY", "acme/shop");
    scene.done(&[]);
    let run = scene.run();
    assert!(run.get("build").is_none(), "{run}");
    let comment = run["comment"].as_str().unwrap();
    assert!(comment.contains("/acme/shop/actions/runs/77"), "{comment}");
}

#[test]
fn a_build_of_another_organisation_is_not_linked() {
    let mut scene = Scene::of(shop_with_pipelines(), "");
    within_pipeline(&mut scene, "Shop");
    scene
        .desk
        .set("SYSTEM_COLLECTIONURI", "https://dev.azure.com/other/");
    let told = warnings(&scene.done(&[]));
    assert!(
        told.contains("organisation `https://dev.azure.com/other/`"),
        "{told}"
    );
    assert!(scene.run().get("build").is_none());
}

#[test]
fn a_run_says_in_which_stage_and_job_and_at_which_attempt_it_was_made() {
    let mut scene = Scene::of(shop_with_pipelines(), "");
    within_pipeline(&mut scene, "Shop");
    scene
        .desk
        .set("SYSTEM_STAGENAME", "QA")
        .set("SYSTEM_STAGEATTEMPT", "2")
        .set("SYSTEM_PHASENAME", "e2e")
        .set("SYSTEM_PHASEATTEMPT", "2")
        .set("SYSTEM_JOBNAME", "e2e linux")
        .set("SYSTEM_JOBATTEMPT", "1")
        .set("BUILD_SOURCEBRANCH", "refs/heads/release/1.2")
        .set("BUILD_SOURCEBRANCHNAME", "1.2");
    scene.done(&[]);
    let run = scene.run();
    let expected = json!({
        "pipelineId": 4711,
        "stageReference": { "stageName": "QA", "attempt": 2 },
        "phaseReference": { "phaseName": "e2e", "attempt": 2 },
        "jobReference": { "jobName": "e2e linux", "attempt": 1 },
    });
    assert_eq!(run["pipelineReference"], expected);
    assert_eq!(run["name"], "e2e linux release/1.2 #20260101.1");
}

#[test]
fn without_a_ci_a_run_is_called_after_its_reports_and_their_day() {
    let scene = Scene::of(shop(), "");
    scene.done(&[]);
    assert_eq!(scene.run()["name"], "r.xml 2026-11-20");
    let scene = Scene::of(shop(), "");
    scene
        .desk
        .write("s.xml", report(&[("basket", Some(1003), "")]));
    scene.done(&["s.xml"]);
    assert_eq!(scene.run()["name"], "r.xml and 1 more 2026-11-20");
}

#[test]
fn where_there_is_no_such_build_it_is_said_what_a_build_is() {
    let scene = Scene::of(shop(), "");
    let answer = scene.submit(&["--build", "99"]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    let sentence = "a build is a run of a pipeline of this project";
    assert!(answer.stderr.contains(sentence), "{}", answer.stderr);
    assert_eq!(scene.sandbox.run_count(), 0);
    // The pipeline's own is not asked for: the service says that it has none.
    let mut scene = Scene::of(shop(), "");
    within_pipeline(&mut scene, "Shop");
    let answer = scene.submit(&[]);
    assert_eq!(answer.code, Some(6), "{answer:?}");
    let hint = "hint: it is this pipeline's own build (`BUILD_BUILDID`), and the project `Shop` has no such build";
    assert!(answer.stderr.contains(hint), "{}", answer.stderr);
    let takes = "`--build` takes";
    assert!(!answer.stderr.contains(takes), "{}", answer.stderr);
    assert_eq!(scene.sandbox.run_count(), 0);
}
