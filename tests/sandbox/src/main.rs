//! The stand-ins as a program: `serve` keeps them up for people, `demo` gives the tour.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use handin_sandbox::azure::{AzureSandbox, Flavour, World};
use handin_sandbox::console;
use handin_sandbox::katalon::{self, KatalonSandbox, StorageAt};
use handin_sandbox::qtest::{self, QtestSandbox};

/// Stand-ins of Azure DevOps Test Plans, qTest and Katalon TestOps, on loopback only
#[derive(Debug, Parser)]
#[command(name = "handin-sandbox", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Keep the stand-ins up, with pages to look at
    Serve(Serve),
}

#[derive(Debug, clap::Args)]
struct Serve {
    /// Port of the Azure DevOps stand-in; 0 stands for any that is free
    #[arg(long, default_value_t = 4100)]
    azure_port: u16,
    /// Port of the qTest stand-in; 0 stands for any that is free
    #[arg(long, default_value_t = 4200)]
    qtest_port: u16,
    /// Path below which the qTest stand-in answers, such as `/tc` on a server of one's own
    #[arg(long, default_value = "")]
    qtest_path: String,
    /// Port of the TestOps stand-in; 0 stands for any that is free
    #[arg(long, default_value_t = 4300)]
    katalon_port: u16,
    /// Let upload URLs lead to the host that a request names, so that a proxy in between sees the uploads
    #[arg(long)]
    katalon_storage_on_host: bool,
    /// Add so many test cases to the plan, to try paging
    #[arg(long, default_value_t = 0)]
    cases: usize,
    /// What the Azure DevOps stand-in holds
    #[arg(long, value_enum, default_value_t = Seed::Demo)]
    seed: Seed,
    /// Which product the Azure DevOps stand-in is
    #[arg(long, value_enum, default_value_t = Product::Cloud)]
    azure_product: Product,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Seed {
    /// Projects Shop, Depot and Lager
    Demo,
    /// Plan 4 with the test points 2 and 3, as other clients' checks expect it
    PlanFour,
}

fn main() -> ExitCode {
    let Arguments {
        command: Command::Serve(serve),
    } = Arguments::parse();
    match run(&serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::complain(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(serve: &Serve) -> std::io::Result<()> {
    let mut world = match serve.seed {
        Seed::Demo => {
            let mut world = World::demo();
            if serve.cases > 0 {
                world.add_cases(100, serve.cases);
            }
            world
        }
        Seed::PlanFour => World::plan_four(),
    };
    world.settings.flavour(serve.azure_product.into());
    let azure = AzureSandbox::start_on(world, serve.azure_port)?;
    let site = qtest::World::demo().context_path(&serve.qtest_path);
    let qtest = QtestSandbox::start_on(site, serve.qtest_port)?;
    let storage = if serve.katalon_storage_on_host {
        StorageAt::RequestHost
    } else {
        StorageAt::OwnDoor
    };
    let server = katalon::World::demo().storage(storage);
    let katalon = KatalonSandbox::start_on(server, serve.katalon_port, 0)?;
    console::say(&format!("Azure DevOps Test Plans   {}", azure.page_url()));
    console::say(&format!("qTest Manager             {}", qtest.page_url()));
    console::say(&format!("Katalon TestOps           {}", katalon.page_url()));
    console::say("");
    console::say(&format!("export HANDIN_AZURE_URL={}", azure.url()));
    console::say(&format!("export HANDIN_AZURE_TOKEN={}", azure.token()));
    console::say(&format!("export HANDIN_QTEST_URL={}", qtest.url()));
    console::say(&format!("export HANDIN_QTEST_TOKEN={}", qtest.token()));
    console::say(&format!("export HANDIN_KATALON_URL={}", katalon.url()));
    console::say(&format!("export HANDIN_KATALON_TOKEN={}", katalon.token()));
    console::say("");
    console::say("Stop with Ctrl+C.");
    loop {
        std::thread::park();
    }
}
