//! What the integrations that handin takes the place of could do, a test for each sentence: that the tests which show it are there and run.

use std::collections::HashSet;
use std::path::Path;

/// A test for each sentence, and the tests that show what it says.
macro_rules! sentences {
    ($($name:ident: $sentence:literal => [$($shown_by:ident,)+];)+) => {
        $(
            #[test]
            fn $name() {
                shown($sentence, &[$(stringify!($shown_by)),+]);
            }
        )+
    };
}

sentences! {
    // Katalon TestOps.
    a_private_server_and_its_credentials_are_used_and_overridden_for_each_project: "server URL and credentials, private instance, override per project" => [
        a_server_of_testops_without_api_keys_gives_a_bearer_for_a_password,
        flags_beat_the_environment_which_beats_the_profile_which_beats_the_file,
    ];
    organisations_teams_and_projects_are_listed_and_a_project_is_created: "organisations → teams → projects listed; project created" => [
        teams_are_listed_with_their_projects_and_names_may_be_written_in_other_cases,
        a_new_project_whose_answer_is_lost_is_looked_for_and_else_uncertain,
    ];
    another_organisation_is_a_profile_away: "switch organisation (profiles)" => [
        a_login_without_a_profile_serves_every_profile_of_the_address,
    ];
    katalon_report_folders_are_uploaded_whole_and_collections_too: "Katalon report folders uploaded after a run, whole, collections too" => [
        a_suite_goes_up_as_studio_sends_it_and_names_with_blanks_too,
        the_collection_that_ran_the_suites_goes_along,
        each_run_in_a_folder_that_grows_is_handed_in_once,
        a_folder_is_one_submission_whether_it_is_packed_or_not,
    ];
    junit_is_uploaded_with_its_skips_times_and_build: "JUnit uploaded with skips, times, build label" => [
        junit_arrives_with_its_skips_and_times_and_is_known_the_second_time,
        every_outcome_keeps_its_word_and_its_time,
    ];
    the_import_is_waited_for_and_its_counts_are_compared: "waits for the import and compares counts" => [
        an_import_that_never_ends_is_not_called_done,
        fewer_results_are_told_with_figures,
    ];
    settings_and_mappings_of_a_katalon_project_are_imported: "settings and mappings of a Katalon project imported" => [
        a_katalon_project_is_imported_without_its_secrets,
        the_entry_that_maps_test_cases_decides_the_project,
        what_has_no_place_in_the_settings_is_named,
    ];
    // Azure DevOps.
    the_connection_to_azure_is_verified_and_an_expired_token_explained: "server URL + token, connection verified, expired token explained" => [
        a_token_is_tried_on_the_service_kept_listed_and_forgotten,
        a_wrong_token_is_an_authentication_failure_and_not_shown,
    ];
    projects_plans_suites_and_configurations_come_in_all_their_pages: "projects, plans, suites, configurations fetched, all pages" => [
        the_tree_comes_whole_where_the_service_gives_it_in_pages,
        suites_are_a_tree_and_configurations_say_what_they_are,
    ];
    outcomes_are_mapped_to_those_of_azure: "execution status mapping" => [
        an_outcome_that_azure_does_not_have_is_refused_at_once,
    ];
    system_and_browser_choose_the_configuration: "test configuration mapping (OS × browser → configuration)" => [
        a_configuration_comes_from_the_flag_the_property_or_the_table,
    ];
    a_run_has_its_plan_its_name_and_its_build: "plan, run name, build number, automatic submission" => [
        a_report_becomes_a_run_with_its_outcomes,
        a_build_is_linked_by_its_id_or_its_number,
    ];
    ids_of_test_cases_are_mapped_and_verified: "test case ids mapped and verified, several ids a test" => [
        set_writes_one_line_and_leaves_the_rest_alone,
        a_mapping_that_holds_is_verified_without_a_write,
    ];
    of_several_tests_of_a_case_the_worst_outcome_counts_in_any_order: "several tests a case → worst outcome, never \"passed\" by order" => [
        two_tests_of_one_case_give_the_worst_outcome_in_either_order,
    ];
    test_points_are_chosen_by_suite_and_configuration_or_refused: "test points chosen right (suite × configuration), ambiguity refused" => [
        a_suite_is_found_by_its_path_and_bounds_the_points,
        a_case_with_two_points_is_refused_unless_told_which,
    ];
    results_go_in_batches_and_come_back_in_all_their_pages: "results in batches, all pages, 20,000 results" => [
        results_that_were_cut_are_not_taken_for_missing_ones,
    ];
    attachments_go_along_by_policy: "attachments by policy, streamed" => [
        an_upload_that_fails_is_named_and_made_up_for_later,
        files_of_one_name_stay_apart_and_one_too_large_is_a_warning,
    ];
    runs_of_the_past_give_the_tests_that_failed: "test runs queried back (failed tests as a filter)" => [
        runs_of_the_past_tell_which_tests_failed,
    ];
    reruns_rows_of_data_and_steps_stand_in_one_result: "reruns, data-driven iterations, steps" => [
        reruns_are_attempts_of_one_result,
        of_many_rows_the_one_that_failed_is_never_left_out,
        steps_are_sub_results_and_those_that_failed_stand_in_the_comment,
        files_of_a_try_that_failed_hang_at_its_sub_result,
    ];
    each_server_is_spoken_to_in_its_own_version: "Server 2019/2020/2022 and cloud, versions negotiated" => [
        every_product_takes_the_same_submission_in_its_own_versions,
    ];
    // qTest.
    a_qtest_site_is_reached_switched_off_and_listed: "domain + token; on/off; projects listed" => [
        a_site_below_a_path_is_reached,
        what_is_switched_off_gets_nothing_and_is_named,
        projects_are_listed_and_never_made,
    ];
    automation_settings_are_checked_and_pass_fail_and_skip_kept: "automation settings checked, status mapping keeps PASS/FAIL/SKIP" => [
        automation_switched_off_is_said_before_anything_is_written,
        statuses_are_pass_fail_and_skip_unless_the_settings_say_otherwise,
    ];
    folders_become_described_modules_under_a_parent_module: "folders → modules with description under a parent module" => [
        modules_stand_under_the_configured_parent_with_a_description,
        a_module_says_what_the_report_says_of_its_folder,
        a_katalon_test_stands_in_the_module_of_its_folder,
    ];
    tests_become_cases_with_steps_and_a_change_a_new_approved_version: "tests → cases with steps, expected results; new approved version on change" => [
        a_case_has_name_escaped_description_steps_fingerprint_and_is_approved,
        a_case_says_what_was_tested_and_where,
        steps_of_katalon_say_what_they_check_and_whether_it_is_inverted,
        changed_content_becomes_a_new_approved_version,
    ];
    a_job_becomes_a_cycle_with_a_suite_for_each_browser_or_jobless_executions: "job → cycle, browser/device → child suites, \"Jobless Executions\"" => [
        a_job_is_a_cycle_and_each_browser_a_suite_in_it,
        results_without_a_job_go_to_jobless_executions,
    ];
    a_first_execution_makes_run_and_log_and_a_later_one_a_log_alone: "first execution run + log, later only logs; step status; report link" => [
        a_first_submission_makes_module_case_cycle_suite_run_and_log,
        a_later_execution_adds_exactly_one_log_a_test_and_nothing_else,
        step_logs_come_in_order_with_the_texts_of_the_case,
        a_run_carries_the_name_of_its_test_and_the_link_to_the_report,
        the_link_and_the_wanted_properties_go_into_the_fields_of_the_run,
    ];
    what_was_moved_is_kept_and_what_was_deleted_made_again: "moved objects kept, deleted ones recreated" => [
        a_moved_module_is_found_by_its_mark_and_left_where_it_is,
        a_moved_cycle_is_found_and_left_where_it_is,
        a_deleted_module_is_made_again_with_its_cases,
        a_deleted_cycle_is_made_again_with_its_suites,
    ];
    the_queue_is_followed_to_its_end_and_totals_are_compared: "queue followed to the end, totals compared" => [
        a_batch_that_the_queue_refuses_is_told_with_what_qtest_says,
        results_that_the_service_kept_only_in_part_are_named,
    ];
}

// What went wrong in Microsoft's own publisher in 2026 (microsoft/testfx #10360, #10400, #10556, #10776, #10839).
sentences! {
    no_lost_answer_loses_or_doubles_a_result: "an answer that is lost loses or doubles results" => [
        azure_holds_each_result_once_whatever_breaks,
        attempts_of_a_test_stand_once_whatever_answer_is_lost,
    ];
    attempts_of_one_test_are_one_result: "attempts of one test stand there as results of their own, or twice" => [
        reruns_are_attempts_of_one_result,
        attempts_of_a_test_stand_once_whatever_answer_is_lost,
    ];
    no_run_is_left_open: "a run is left open" => [
        a_run_is_completed_only_when_the_service_holds_all_its_results,
        a_run_whose_end_was_refused_is_ended_by_the_same_command,
    ];
    no_long_name_fails_a_whole_call: "a name that is too long fails the whole call" => [
        a_name_that_is_too_long_for_the_service_fails_nothing,
    ];
    no_text_is_cut_in_silence: "a text is cut, and nobody is told" => [
        texts_are_cut_to_what_azure_takes_and_say_so,
    ];
}

fn shown(sentence: &str, tests: &[&str]) {
    let mut found = HashSet::new();
    for folder in ["src", "tests"] {
        tests_of(Path::new(folder), &mut found);
    }
    for test in tests {
        assert!(
            found.contains(*test),
            "{sentence}: there is no test `{test}` that runs"
        );
    }
}

/// Adds the names of the tests of a folder.
fn tests_of(folder: &Path, found: &mut HashSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_of(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                if let Some(name) = line.strip_prefix("fn ").filter(|_| is_test) {
                    found.extend(name.split('(').next().map(str::to_owned));
                }
                // A test that is passed over shows nothing.
                let is_passed_over = line.starts_with("#[ignore");
                is_test =
                    (line == "#[test]" || is_test && line.starts_with('#')) && !is_passed_over;
            }
        }
    }
}
