//! Regulars inside another program, without HTTP and without the command line: `cargo run -p regulars
//! --no-default-features --example embed -- plugins/`

use regulars::Host;
use regulars::host::{NewCustomer, NewInteraction};

fn main() -> Result<(), regulars::Error> {
    let plugins = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "target/plugins".to_owned());
    let database = std::env::temp_dir().join(format!("regulars-embed-{}.db", std::process::id()));
    let host = Host::builder()
        .sqlite(&database)
        .plugins(plugins)
        .time_zone("Europe/Berlin")
        .build()?;

    let ada = host.create_customer(NewCustomer {
        given_name: Some("Ada".to_owned()),
        ..NewCustomer::default()
    })?;
    let remark = NewInteraction {
        body: Some("I only buy the produce here: the meat counter smells.".to_owned()),
        ..NewInteraction::new(ada.id, "feedback")
    };
    let (recorded, plugins_ran) = host.record_and_follow(remark)?;
    println!("recorded {}", recorded.interaction.id);
    plugins_ran.wait();

    for task in host.desk(ada.id)?.tasks {
        println!(
            "for {}: {}\n  because {}",
            task.role, task.title, task.because.reason
        );
    }
    Ok(())
}
