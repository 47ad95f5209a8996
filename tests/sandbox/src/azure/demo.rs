//! Worlds that are ready to use: the one of the demo, and the one that other clients' checks expect.

use super::World;

impl World {
    /// Returns the demo's organisation: project `Shop` with the plan `Regression`, and `Depot` with two plans of one name.
    pub fn demo() -> Self {
        let mut world = Self::new("acme");
        world
            .project("Shop")
            .project("Depot")
            .project_of_process("Lager", "Testfall");
        let windows = world.configuration(
            "Shop",
            "Windows 10 + Chrome",
            &[("Operating System", "Windows 10"), ("Browser", "Chrome")],
        );
        let linux = world.configuration(
            "Shop",
            "Linux + Firefox",
            &[("Operating System", "Linux"), ("Browser", "Firefox")],
        );
        world.next_item(100);
        let plan = world.plan("Shop", "Regression");
        let web = world.suite(world.root(plan), "Web");
        let checkout = world.suite(web, "Checkout");
        let service = world.suite(world.root(plan), "Service");
        world.next_item(1001);
        let titles = [
            (web, "Valid user signs in"),
            (web, "Wrong password is refused"),
            (checkout, "Basket keeps its items"),
            (checkout, "Order is paid by card"),
            (service, "Prices are rounded to cents"),
        ];
        for (suite, title) in titles {
            let case = world.case("Shop", title);
            world.point(suite, case, windows);
        }
        // A case with two points: somebody has to choose.
        let both = world.case("Shop", "Search finds a product");
        world.point(web, both, windows);
        world.point(web, both, linux);
        world.automated_case("Shop", "Stock is counted down", "shop.StockTest.countsDown");
        world.work_item("Shop", "Bug", "Order is shown twice");
        world
            .build("Shop", 4711, "20260101.1")
            .build("Depot", 4712, "20260101.2")
            .release("Shop", 31, "Release-31");
        world.demo_others();
        world
    }

    /// Adds so many test cases `Case 1`… with one point each to the demo's plan, in a suite of their own.
    pub fn add_cases(&mut self, plan: i64, count: usize) -> Vec<i64> {
        let Some(project) = self
            .plans
            .iter()
            .find(|known| known.id == plan)
            .map(|known| known.project.clone())
        else {
            return Vec::new();
        };
        let configuration = self
            .configurations
            .iter()
            .find(|known| known.project == project)
            .map_or(1, |known| known.id);
        let suite = self.suite(self.root(plan), "Many");
        self.next_item(10_001);
        let mut add = |number| {
            let case = self.case(&project, &format!("Case {number}"));
            self.point(suite, case, configuration);
            case
        };
        (1..=count).map(&mut add).collect()
    }

    /// Returns a world that knows plan 4 with the test points 2 and 3, in the project `Proj`.
    pub fn plan_four() -> Self {
        let mut world = Self::new("org");
        world.settings.token("token", &[]);
        world.project("Proj");
        let configuration =
            world.configuration("Proj", "Windows 10", &[("Operating System", "Windows 10")]);
        world.next_item(4);
        let plan = world.plan("Proj", "Plan four");
        let root = world.root(plan);
        let cases = [
            world.case("Proj", "First case"),
            world.case("Proj", "Second case"),
        ];
        world.next_point(2);
        for case in cases {
            world.point(root, case, configuration);
        }
        world
    }

    fn demo_others(&mut self) {
        let depot = self.configuration("Depot", "Any", &[]);
        for state in ["open", "closed"] {
            let plan = self.plan("Depot", "Smoke");
            let case = self.case("Depot", &format!("Gate is {state}"));
            self.point(self.root(plan), case, depot);
        }
        let store = self.configuration("Lager", "Standard", &[]);
        let plan = self.plan("Lager", "Abnahme");
        let case = self.case("Lager", "Ware wird gebucht");
        self.point(self.root(plan), case, store);
    }
}
