use std::collections::BTreeSet;

use super::*;

const PAIRS: &str = include_str!("../../../fixtures/suggest/pairs.tsv");

/// Names, titles and which belong together.
struct Suite {
    tests: Vec<(&'static str, &'static str)>,
    cases: Vec<&'static str>,
    truth: BTreeSet<(usize, usize)>,
}

fn suite() -> Suite {
    let mut suite = Suite {
        tests: Vec::new(),
        cases: Vec::new(),
        truth: BTreeSet::new(),
    };
    for line in PAIRS.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let (class, name, title) = (
            fields.next().unwrap(),
            fields.next().unwrap(),
            fields.next().unwrap(),
        );
        if !name.is_empty() && !title.is_empty() {
            suite.truth.insert((suite.tests.len(), suite.cases.len()));
        }
        if !name.is_empty() {
            suite.tests.push((class, name));
        }
        if !title.is_empty() {
            suite.cases.push(title);
        }
    }
    suite
}

fn suggested(tests: &[(&str, &str)], cases: &[&str]) -> Suggestions {
    let tests: Vec<SuggestTest<'_>> = tests
        .iter()
        .map(|(class, name)| SuggestTest {
            class,
            name,
            mapped: false,
        })
        .collect();
    let cases: Vec<SuggestCase<'_>> = cases
        .iter()
        .map(|title| SuggestCase {
            title,
            place: "",
            mapped: false,
        })
        .collect();
    suggest(&tests, &cases)
}

/// Returns whether this test alone would be given this case alone, unseen.
fn applied(name: &str, title: &str) -> bool {
    suggested(&[("", name)], &[title])
        .pairs
        .iter()
        .any(|pair| pair.certain)
}

fn proposed(name: &str, title: &str) -> bool {
    !suggested(&[("", name)], &[title]).pairs.is_empty()
}

#[test]
fn what_is_applied_unseen_is_right_and_most_of_what_is_right_is_applied() {
    let suite = suite();
    let found = suggested(&suite.tests, &suite.cases);
    let certain: BTreeSet<(usize, usize)> = found
        .pairs
        .iter()
        .filter(|pair| pair.certain)
        .map(|pair| (pair.test, pair.case))
        .collect();
    let show = |pairs: Vec<&(usize, usize)>| {
        pairs
            .iter()
            .map(|(test, case)| format!("{:?} = {}", suite.tests[*test], suite.cases[*case]))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let wrong: Vec<_> = certain.difference(&suite.truth).collect();
    let missed: Vec<_> = suite.truth.difference(&certain).collect();
    println!(
        "{} pairs, {} applied, {} wrong, {} missed; missed:\n{}",
        suite.truth.len(),
        certain.len(),
        wrong.len(),
        missed.len(),
        show(missed.clone())
    );
    assert!(wrong.is_empty(), "wrong:\n{}", show(wrong));
    assert!(
        missed.len() * 5 <= suite.truth.len(),
        "missed:\n{}",
        show(missed)
    );
}

#[test]
fn the_list_for_a_person_holds_more_than_what_is_applied() {
    let suite = suite();
    let found = suggested(&suite.tests, &suite.cases);
    let listed = found
        .pairs
        .iter()
        .filter(|pair| suite.truth.contains(&(pair.test, pair.case)))
        .count();
    println!("{listed} of {} are listed", suite.truth.len());
    assert!(listed * 100 >= suite.truth.len() * 90, "{listed}");
}

#[test]
fn no_test_and_no_case_is_proposed_twice() {
    let suite = suite();
    let found = suggested(&suite.tests, &suite.cases);
    let tests: BTreeSet<usize> = found.pairs.iter().map(|pair| pair.test).collect();
    let cases: BTreeSet<usize> = found.pairs.iter().map(|pair| pair.case).collect();
    assert_eq!(tests.len(), found.pairs.len());
    assert_eq!(cases.len(), found.pairs.len());
}

#[test]
fn opposites_are_never_proposed() {
    for (name, title) in [
        ("validPassword", "Invalid password"),
        ("enableFeature", "Disable feature"),
        ("userCanLogIn", "User cannot log in"),
        ("showsResults", "Shows no results"),
        ("expiresAfter30Days", "Expires after 60 days"),
        ("itemWithDiscount", "Item without discount"),
        ("lockAccount", "Unlock account"),
        ("addUserToGroup", "Remove user from group"),
        ("sortsAscending", "Sorts descending"),
        ("selectRow", "Deselect row"),
        ("priceBelowLimit", "Price above limit"),
        ("openDoor", "Reopen door"),
        ("version1_2", "Version 2.1"),
        ("gültigeEingabe", "Ungültige Eingabe"),
        ("amount > 100", "amount < 100"),
        ("TC12_login_works", "TC13 login works"),
        ("lessThanOneItem", "More than one item"),
        ("temperature is -5", "temperature is 5 C"),
        ("importsUsers", "Exports users"),
        ("mailFromUser", "Mail for user"),
    ] {
        assert!(!proposed(name, title), "{name} = {title}");
        assert!(!proposed(title, name), "{title} = {name}");
    }
}

#[test]
fn what_differs_in_one_word_is_never_applied() {
    for (name, title) in [
        ("loginWithGoogle", "Login with Facebook"),
        ("buyerRatesSeller", "Seller rates buyer"),
        ("moveFileToFolder", "Move folder to file"),
        ("contractIsSigned", "Contact is signed"),
        ("checkout", "Checkout with voucher"),
        ("create", "Create"),
        ("planA", "Plan"),
        ("zoomIn", "Zoom"),
        ("c++ parser", "C parser"),
        ("copiesFromAToB", "Copies to A from B"),
        ("sortProductsByPrice", "Sort products by price ascending"),
        ("getUsers", "Get user"),
        ("inviteFriend", "Friend invites"),
        ("userIsBlocked", "User blocks"),
        ("lockedAccount", "Lock account"),
        ("sendToGroup", "Send group"),
        ("darkMode", "Mode dark"),
    ] {
        assert!(!applied(name, title), "{name} = {title}");
        assert!(!applied(title, name), "{title} = {name}");
    }
}

#[test]
fn ways_of_writing_the_same_are_applied() {
    for (name, title) in [
        (
            "userCanLogInWithValidPassword",
            "User can log in with valid password",
        ),
        ("test_add_item_to_cart", "Add item to cart"),
        (
            "should display an error when password is wrong",
            "Error is displayed for wrong password",
        ),
        ("HTTPServerStarts", "HTTP server starts"),
        ("verifyEmailAddressIsRequired", "E-mail address is required"),
        ("signsInWithToken", "Log in with token"),
        ("deletesUserAccount", "Remove user account"),
        ("orderCancelled", "Cancel order"),
        ("dropdownIsSorted", "Drop-down is sorted"),
        ("TC07_exports_report", "Export report"),
        ("création d'un compte", "Creation d'un compte"),
        ("retries3Times", "Retries three times"),
        ("cannotDeleteLastAdmin", "Can't delete last admin"),
    ] {
        assert!(applied(name, title), "{name} = {title}");
    }
}

#[test]
fn two_that_fit_alike_are_left_to_a_person() {
    let found = suggested(
        &[
            ("shop.AdminTest", "resets password"),
            ("shop.UserTest", "resets password"),
        ],
        &["Resets password"],
    );
    assert!(found.pairs.iter().all(|pair| !pair.certain));
    assert_eq!(found.pairs.len(), 1);
}

#[test]
fn the_class_explains_what_the_title_says_more() {
    let certain =
        |class, title| suggested(&[(class, "rejects expired password")], &[title]).pairs[0].certain;
    assert!(certain("shop.LoginTest", "Login: rejects expired password"));
    assert!(!certain(
        "shop.AdminLoginTest",
        "Login: rejects expired password"
    ));
    assert!(!certain(
        "shop.LoginTest",
        "Sign-up page rejects expired password"
    ));
}

#[test]
fn what_is_mapped_already_competes_and_is_not_proposed() {
    let tests = [SuggestTest {
        class: "",
        name: "pays by card",
        mapped: false,
    }];
    let case = |mapped| SuggestCase {
        title: "Pays by card",
        place: "",
        mapped,
    };
    assert!(suggest(&tests, &[case(true)]).pairs.is_empty());
    let found = suggest(&tests, &[case(true), case(false)]);
    assert_eq!(found.pairs.len(), 1);
    assert!(!found.pairs[0].certain);
}
