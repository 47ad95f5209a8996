//! `serve`: the stand-ins on fixed ports, until they are stopped.

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use handin_sandbox::azure::{AzureSandbox, Flavour, World};
use handin_sandbox::console::say;
use handin_sandbox::katalon::{self, KatalonSandbox, StorageAt};
use handin_sandbox::kiwi;
use handin_sandbox::qtest::{self, QtestSandbox};

use super::local::Local;

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Port of the Azure DevOps mock server; 0 for any free one
    #[arg(long, default_value_t = 4100)]
    azure_port: u16,
    /// Port of the qTest mock server; 0 for any free one
    #[arg(long, default_value_t = 4200)]
    qtest_port: u16,
    /// Path below which the qTest mock server answers, such as `/tc` on a server of your own
    #[arg(long, default_value = "")]
    qtest_path: String,
    /// Port of the TestOps mock server; 0 for any free one
    #[arg(long, default_value_t = 4300)]
    katalon_port: u16,
    /// Build upload URLs with the host that a request names, so that a proxy in between sees the uploads
    #[arg(long)]
    katalon_storage_on_host: bool,
    /// Port of the Kiwi TCMS mock server; 0 for any free one
    #[arg(long, default_value_t = 4400)]
    kiwi_port: u16,
    /// Add this many test cases to the plan, to try paging
    #[arg(long, default_value_t = 0)]
    cases: usize,
    /// What the Azure DevOps mock server holds
    #[arg(long, value_enum, default_value_t = Seed::Demo)]
    seed: Seed,
    /// Which product the Azure DevOps mock server imitates
    #[arg(long, value_enum, default_value_t = Product::Cloud)]
    azure_product: Product,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Product {
    /// Azure DevOps Services
    Cloud,
    /// Azure DevOps Server 2022
    Server2022,
    /// Azure DevOps Server 2020
    Server2020,
    /// Azure DevOps Server 2019
    Server2019,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Seed {
    /// Projects Shop, Depot and Lager
    Demo,
    /// Plan 4 with the test points 2 and 3, as other clients' checks expect it
    PlanFour,
}

/// Starts the stand-ins, tells how to reach them, and stays.
pub(super) fn run(arguments: &ServeArgs) -> Result<()> {
    let site = qtest::World::demo().context_path(&arguments.qtest_path);
    let storage = if arguments.katalon_storage_on_host {
        StorageAt::RequestHost
    } else {
        StorageAt::OwnDoor
    };
    let server = katalon::World::demo().storage(storage);
    let locals: [Box<dyn Local>; 4] = [
        Box::new(
            AzureSandbox::start_on(azure_world(arguments), arguments.azure_port)
                .with_context(|| taken(arguments.azure_port, "--azure-port"))?,
        ),
        Box::new(
            QtestSandbox::start_on(site, arguments.qtest_port)
                .with_context(|| taken(arguments.qtest_port, "--qtest-port"))?,
        ),
        Box::new(
            KatalonSandbox::start_on(server, arguments.katalon_port, 0)
                .with_context(|| taken(arguments.katalon_port, "--katalon-port"))?,
        ),
        Box::new(
            kiwi::start(arguments.kiwi_port)
                .with_context(|| taken(arguments.kiwi_port, "--kiwi-port"))?,
        ),
    ];
    say("The mock servers are up. Pages to look at:");
    for local in &locals {
        say(&format!("  {:<24} {}", local.name(), local.page_url()));
    }
    say("");
    say("For handin, in another terminal:");
    for (name, value) in locals.iter().flat_map(|local| local.environment()) {
        say(&format!("  export {name}={value}"));
    }
    say("");
    say("Stop with Ctrl+C.");
    loop {
        std::thread::park();
    }
}

fn taken(port: u16, flag: &str) -> String {
    format!("port {port} cannot be opened; `{flag} 0` takes any that is free")
}

fn azure_world(arguments: &ServeArgs) -> World {
    let mut world = match arguments.seed {
        Seed::Demo => World::demo(),
        Seed::PlanFour => World::plan_four(),
    };
    if arguments.cases > 0 && arguments.seed == Seed::Demo {
        world.add_cases(100, arguments.cases);
    }
    world.settings.flavour(arguments.azure_product.into());
    world
}

impl From<Product> for Flavour {
    fn from(product: Product) -> Self {
        match product {
            Product::Cloud => Self::Cloud,
            Product::Server2022 => Self::Server2022,
            Product::Server2020 => Self::Server2020,
            Product::Server2019 => Self::Server2019,
        }
    }
}
