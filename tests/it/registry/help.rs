//! The help of the commands for registries.

use super::shop::Shop;

/// The options below a heading, by their long names.
fn below<'a>(help: &'a str, heading: &str) -> Vec<&'a str> {
    let lines = help.lines().skip_while(|line| *line != heading).skip(1);
    let lines = lines.take_while(|line| line.is_empty() || line.starts_with(' '));
    let options = lines.filter_map(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("-y, ").unwrap_or(line);
        line.starts_with("--")
            .then(|| line.split([' ', ',']).next().unwrap())
    });
    options.collect()
}

#[test]
fn heading_covers_its_own_options() {
    let shop = Shop::new();
    let registry = [
        "--offline",
        "--allow-unsigned",
        "--accept-signer",
        "--accept-moved",
        "--insecure",
        "--trusted-keys",
    ];
    for command in ["install", "upgrade", "inspect"] {
        let said = shop.run(&["plugin", command, "--help"]).ok();
        assert_eq!(below(&said.out, "From a registry:"), registry, "{command}");
    }
    let said = shop.run(&["plugin", "upgrade", "--help"]).ok();
    let options = below(&said.out, "Options:");
    for option in ["--settings", "--without", "--history-days", "--yes"] {
        assert!(options.contains(&option), "{option}: {}", said.out);
    }
}

#[test]
fn help_is_wrapped_once() {
    let shop = Shop::new();
    let list = shop.run(&["plugin", "--help"]).ok().out;
    let commands = below_commands(&list);
    assert!(commands.len() > 15, "{commands:?}");
    for command in commands {
        let said = shop.run(&["plugin", command, "--help"]).ok().out;
        // It is as wide as a terminal is where there is none: 100 columns. What is longer is wrapped, and what is
        // left of it stands on a line alone.
        for line in said.lines() {
            assert!(line.chars().count() <= 100, "{command}: {line}");
        }
        let paragraphs = said.split("\n\n").filter(|it| !it.starts_with([' ', '-']));
        for paragraph in paragraphs {
            let lines: Vec<&str> = paragraph.lines().collect();
            let ragged = lines.windows(2).find(|pair| {
                let prose = !pair[0].starts_with(' ') && !pair[1].starts_with(' ');
                prose && pair[0].chars().count() < 60 && !pair[0].ends_with([':', '.'])
            });
            assert_eq!(ragged, None, "{command}");
        }
    }
}

fn below_commands(help: &str) -> Vec<&str> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| line.starts_with("  "));
    let names = lines.filter(|line| !line.starts_with("   "));
    let names = names.map(|line| line.trim().split(' ').next().unwrap());
    // It has no help of its own.
    names.filter(|name| *name != "help").collect()
}
