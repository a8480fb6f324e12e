//! Bringing in what was before, from real and from broken files.

use crate::program::{Program, cdnow};

const PURCHASES: [&str; 10] = [
    "--kind",
    "purchase",
    "--map",
    "customer=customer_id",
    "--map",
    "occurred_at=date",
    "--map",
    "data.units=units:number",
    "--map",
    "data.amount_usd=amount_usd:number",
];

fn interactions<'a>(file: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec![
        "--json",
        "import",
        "interactions",
        file,
        "--source",
        "cdnow",
    ];
    arguments.extend(PURCHASES);
    // Beside the sample itself nothing may be written.
    arguments.extend(["--map", "id=interaction_id", "--rejects", "rejects.csv"]);
    arguments.extend(more);
    arguments
}

#[test]
fn real_purchases_come_in_once_however_often_they_are_imported() {
    let program = Program::new();
    let customers = cdnow("customers.csv");
    let customers = [
        "--json",
        "import",
        "customers",
        &customers,
        "--source",
        "cdnow",
    ];
    let customers: Vec<&str> = customers
        .into_iter()
        .chain(["--map", "external=customer_id", "--map", "since=first_seen"])
        .collect();
    let summary = program.run(&customers).ok().json();
    assert_eq!(
        (&summary["rows"], &summary["imported"]),
        (&100.into(), &100.into()),
        "{summary}"
    );
    let file = cdnow("interactions.csv");
    let preview = program.run(&interactions(&file, &["--dry-run"])).ok();
    assert!(!preview.out.is_empty());
    let summary = program.run(&interactions(&file, &[])).ok().json();
    assert_eq!(
        (&summary["rows"], &summary["imported"]),
        (&427.into(), &427.into()),
        "{summary}"
    );
    let again = program.run(&interactions(&file, &[])).ok().json();
    assert_eq!(
        (&again["imported"], &again["skipped"]),
        (&0.into(), &427.into()),
        "{again}"
    );
    let again = program.run(&customers).ok().json();
    assert_eq!(
        (&again["imported"], &again["skipped"]),
        (&0.into(), &100.into()),
        "{again}"
    );

    // What is there is what the file says, in the business's time zone.
    let desk = program.run(&["--json", "desk", "00002"]).ok().json();
    assert_eq!(desk["customer"]["since"], "1997-01-11T23:00:00Z", "{desk}");
}

#[test]
fn preview_writes_nothing() {
    let program = Program::new();
    let customers = cdnow("customers.csv");
    program
        .run(&["import", "customers", &customers, "--dry-run"])
        .ok();
    let summary = program
        .run(&["--json", "import", "customers", &customers])
        .ok()
        .json();
    assert_eq!(summary["imported"], 100, "{summary}");
}

#[test]
fn bad_rows_are_put_aside_with_their_line_and_reason_and_the_rest_comes_in() {
    let program = Program::new();
    let file = program.file(
        "purchases.csv",
        "\u{feff}interaction_id,customer_id,date,units,amount_usd\r\n\
         1,00001,1997-01-01,1,11.77\r\n\
         2,00001,1997-02-30,1,11.77\r\n\
         3,00001,1997-01-03,many,11.77\r\n\
         4,,1997-01-04,1,11.77\r\n\
         5,00001,1997-01-05,1,0.00\r\n",
    );
    let file = file.display().to_string();
    let summary = program
        .run(&interactions(&file, &["--create-customers"]))
        .ok()
        .json();
    assert_eq!(
        (&summary["imported"], &summary["rejected"]),
        (&2.into(), &3.into()),
        "{summary}"
    );
    let rejects = program.dir.path().join("rejects.csv");
    let rejects = std::fs::read_to_string(rejects).unwrap();
    let lines: Vec<&str> = rejects.lines().collect();
    assert_eq!(lines.len(), 4, "{rejects}");
    for (line, (number, word)) in
        lines[1..]
            .iter()
            .zip([("3", "occurred_at"), ("4", "units"), ("5", "customer")])
    {
        assert!(line.starts_with(number) && line.contains(word), "{line}");
    }
    let strict = program.run(&interactions(&file, &["--create-customers", "--strict"]));
    assert_eq!(strict.code, 1, "{}", strict.err);
}

#[test]
fn unknown_customers_are_rejected_unless_they_may_be_created() {
    let program = Program::new();
    let file = cdnow("interactions.csv");
    let summary = program.run(&interactions(&file, &[])).ok().json();
    assert_eq!(
        (&summary["imported"], &summary["rejected"]),
        (&0.into(), &427.into()),
        "{summary}"
    );
    let summary = program
        .run(&interactions(&file, &["--create-customers"]))
        .ok()
        .json();
    assert_eq!(summary["imported"], 427, "{summary}");
}

#[test]
fn unreadable_file_is_refused_with_the_expected_format() {
    let program = Program::new();
    let empty = program.file("empty.csv", "").display().to_string();
    let missing = program.dir.path().join("none.csv").display().to_string();
    let columns = program
        .file("columns.csv", "a,b\n1,2\n")
        .display()
        .to_string();
    let utf16 = program
        .file("utf16.csv", b"\xff\xfea\0,\0b\0\n\0")
        .display()
        .to_string();
    for (file, word) in [
        (&empty, "empty"),
        (&missing, "none.csv"),
        (&columns, "column"),
        (&utf16, "UTF-"),
    ] {
        let said = program.run(&["import", "interactions", file, "--kind", "purchase"]);
        assert_ne!(said.code, 0);
        assert!(said.err.contains(word), "{file}: {}", said.err);
        assert!(said.err.lines().count() <= 4, "{}", said.err);
    }
}

#[test]
fn consents_are_imported_as_given_and_blank_is_unknown() {
    let program = Program::new();
    let file = program.file(
        "members.csv",
        "id,email,newsletter,calls\n\
         1,ada@example.org,2025-03-04,no\n\
         2,ben@example.org,yes,\n\
         3,cleo@example.org,,\n\
         4,dora@example.org,perhaps,\n",
    );
    let file = file.to_str().unwrap();
    let line = ["--json", "import", "customers", file, "--source", "old-crm"];
    let map = ["--map", "external=id", "--map", "consent.tel.care=calls"];
    let ran = program.run(&[&line[..], &map].concat());
    let summary = ran.json();
    assert_eq!(
        (&summary["imported"], &summary["rejected"]),
        (&3.into(), &1.into()),
        "{summary}"
    );
    let rejects = std::fs::read_to_string(program.dir.path().join("members.rejects.csv")).unwrap();
    assert!(
        rejects
            .contains("consent.email.offer: “perhaps” is not yes, no, or the date of the consent"),
        "{rejects}"
    );
    let shown = |whom: &str| program.run(&["contact", "show", whom]).ok().out;
    let ada = shown("ada@example.org");
    assert!(
        ada.contains("said yes to offer by email (old-crm)"),
        "{ada}"
    );
    assert!(ada.contains("4 March 2025"), "{ada}");
    assert!(ada.contains("said no to care by"), "{ada}");
    assert!(shown("ben@example.org").contains("said yes to offer by email"));
    assert!(shown("cleo@example.org").contains("no consent recorded"));
    // Nothing that the file says later takes back what a customer said.
    let said = ["--kind", "email", "--purpose", "offer", "--source", "desk"];
    program
        .run(
            &[
                &["contact", "consent", "ben@example.org", "--withdrawn"],
                &said[..],
            ]
            .concat(),
        )
        .ok();
    program.run(&[&line[..], &map].concat());
    let ben = shown("ben@example.org");
    assert!(ben.contains("said no to offer by email"), "{ben}");
}
