use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::Common;
use super::columns::{Columns, Target, target, targets};
use super::pass::{self, Importer, RowResult, reject_reason};
use super::resolve::Resolver;
use super::table::Row;
use super::values::{Dates, labels};
use crate::output::{Out, safe};
use crate::{Global, usage};
use regulars::host::{Host, NewConsent, NewCustomer};
use regulars::model::*;

const TARGETS: &[Target] = &[
    target(
        "external",
        &[
            "external_id",
            "customer_id",
            "member_id",
            "membership_number",
            "id",
        ],
    ),
    target("display_name", &["name", "full_name"]),
    target("given_name", &["first_name"]),
    target("language", &["lang"]),
    target(
        "birthday",
        &["birthdate", "birth_date", "date_of_birth", "dob"],
    ),
    target("time_zone", &["timezone"]),
    target("level", &[]),
    target(
        "since",
        &["customer_since", "member_since", "first_seen", "created_at"],
    ),
    targets("email", &["e_mail", "email_address", "mail"]),
    targets("tel", &["phone", "phone_number", "telephone", "mobile"]),
    targets("tags", &["tag", "labels"]),
    targets("topics", &["topic", "interests"]),
    target("consent.email.care", &[]),
    target("consent.email.education", &[]),
    target("consent.email.community", &[]),
    target(
        "consent.email.offer",
        &["newsletter", "email_consent", "accepts_marketing"],
    ),
    target("consent.email.survey", &[]),
    target("consent.tel.care", &[]),
    target("consent.tel.education", &[]),
    target("consent.tel.community", &[]),
    target("consent.tel.offer", &["sms_consent"]),
    target("consent.tel.survey", &[]),
];

/// Import customers from a CSV file
#[derive(Args)]
#[command(after_help = "\
Targets:
  external       customer's id in the source of the file, stored as a contact point; a second import
                 finds the same customer. Without it: the first email address
  display_name, given_name, language (de-CH), birthday (1990-05-12, --05-12), time_zone, since,
  level (low, medium, high; default low)
  email, tel     several columns allowed
  tags, topics   separated by commas or semicolons
  consent.email.PURPOSE, consent.tel.PURPOSE
                 consent for care, education, community, offer or survey: yes, no, or the date of
                 the consent. An empty cell records neither: the customer was never asked

Existing customers stay unchanged. Imported customers are history and trigger no plugins, unless
--live is given.

Examples:
  regulars import customers members.csv --dry-run
  regulars import customers members.csv --source gym-erp --time-zone Europe/Berlin \\
      --map external='Member No' --map display_name='First+Last' --map birthday=DOB \\
      --map since=Joined --date-format %m/%d/%Y")]
pub struct Customers {
    #[command(flatten)]
    common: Common,
}

impl Customers {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let common = &self.common;
        let dates = common.dates(global)?;
        let (table, columns) = common.open(TARGETS, false)?;
        if !columns.has("external") && !columns.has("email") {
            usage!(
                "no column identifies the customer: name one with --map external=COLUMN (the file has {})",
                table.names.join(", ")
            );
        }
        let (host, _scratch) = common.host(global)?;
        let mut importer = Reader {
            resolver: Resolver::new(host.clone(), &common.source),
            columns: &columns,
            dates,
            common,
            host: host.clone(),
        };
        let code = pass::run(&host, common, table, &columns, &mut importer, out)?;
        if common.live && !common.dry_run {
            host.settle()?;
        }
        Ok(code)
    }
}

struct Reader<'a> {
    common: &'a Common,
    columns: &'a Columns,
    dates: Dates,
    host: Host,
    resolver: Resolver,
}

/// A customer as read from the file.
struct CustomerRow {
    /// The id or email address that identifies the customer in the source.
    name: String,
    new: NewCustomer,
    /// The existing customer, if there is one.
    existing_id: Option<CustomerId>,
}

impl Reader<'_> {
    fn customer(&self, row: &Row) -> Result<(String, NewCustomer), String> {
        let columns = self.columns;
        let text = |target: &str| Ok::<_, String>(columns.text(row, target)?.map(String::from));
        let set = |target: &str| -> Result<BTreeSet<String>, String> {
            let cells = columns.texts(row, target)?;
            Ok(cells
                .iter()
                .flat_map(|cell| labels(cell).collect::<Vec<_>>())
                .collect())
        };
        let mut contact_points = Vec::new();
        let mut add = |kind, values: Vec<String>, label: Option<&str>| {
            contact_points.extend(values.into_iter().map(|value| ContactPoint {
                kind,
                value,
                label: label.map(str::to_owned),
            }));
        };
        let all = |target: &str| -> Result<Vec<String>, String> {
            Ok(columns
                .texts(row, target)?
                .into_iter()
                .map(String::from)
                .collect())
        };
        let external = text("external")?;
        let emails = all("email")?;
        let name = external
            .clone()
            .or_else(|| emails.first().map(|email| email.to_lowercase()));
        let name = name.ok_or("the id is empty")?;
        add(
            ContactKind::External,
            external.into_iter().collect(),
            Some(&self.common.source),
        );
        add(ContactKind::Email, emails, None);
        add(ContactKind::Tel, all("tel")?, None);
        let new = NewCustomer {
            id: Some(self.resolver.derived(&name)),
            display_name: text("display_name")?,
            given_name: text("given_name")?,
            language: text("language")?,
            birthday: match columns.text(row, "birthday")? {
                Some(text) => Some(self.dates.birthday(&text).map_err(in_field("birthday"))?),
                None => None,
            },
            time_zone: text("time_zone")?,
            level: match columns.text(row, "level")? {
                Some(text) => level(&text)?,
                None => Level::default(),
            },
            topics: set("topics")?,
            tags: set("tags")?,
            since: match columns.text(row, "since")? {
                Some(text) => Some(self.dates.instant(&text).map_err(in_field("since"))?),
                None => None,
            },
            contact_points,
            consents: self.consents(row)?,
        };
        Ok((name, new))
    }
}

impl Reader<'_> {
    /// Reads the consents of a row. Empty cells record none.
    fn consents(&self, row: &Row) -> Result<Vec<NewConsent>, String> {
        let mut consents = Vec::new();
        for target in TARGETS {
            let Some((kind, purpose)) = consent_target(target.name) else {
                continue;
            };
            let Some(text) = self.columns.text(row, target.name)? else {
                continue;
            };
            let (state, given_at) = match text.trim().to_lowercase().as_str() {
                "yes" | "y" | "true" | "1" => (ConsentState::Given, None),
                "no" | "n" | "false" | "0" => (ConsentState::Withdrawn, None),
                _ => match self.dates.instant(&text) {
                    Ok(instant) => (ConsentState::Given, Some(instant)),
                    Err(_) => {
                        let text = safe(&text, 60);
                        return Err(format!(
                            "{}: “{text}” is not yes, no, or the date of the consent",
                            target.name
                        ));
                    }
                },
            };
            consents.push(NewConsent {
                kind,
                purpose,
                state,
                source: self.common.source.clone(),
                at: given_at,
                note: None,
            });
        }
        Ok(consents)
    }
}

/// Returns the contact kind and purpose of a consent target.
fn consent_target(target: &str) -> Option<(ContactKind, Purpose)> {
    let (kind, purpose) = target.strip_prefix("consent.")?.split_once('.')?;
    let kind = match kind {
        "email" => ContactKind::Email,
        "tel" => ContactKind::Tel,
        _ => return None,
    };
    let purpose = Purpose::ALL.into_iter().find(|it| it.as_str() == purpose)?;
    Some((kind, purpose))
}

impl Importer for Reader<'_> {
    type Record = CustomerRow;
    const NOUN: (&'static str, &'static str) = ("customer", "customers");

    fn read(&mut self, row: &Row) -> Result<Result<CustomerRow, String>> {
        let (name, new) = match self.customer(row) {
            Ok(read) => read,
            Err(problem) => return Ok(Err(problem)),
        };
        if let Err(error) = self.host.check_customer(&new) {
            return Ok(Err(reject_reason(error)?));
        }
        let existing_id = self.resolver.find(&name)?;
        if existing_id.is_none() {
            // A second row of this customer may come before the first is written.
            self.resolver.remember(&name, new.id);
        }
        Ok(Ok(CustomerRow {
            name,
            new,
            existing_id,
        }))
    }

    fn exists(&mut self, record: &CustomerRow) -> Result<bool> {
        Ok(record.existing_id.is_some())
    }

    fn write(&mut self, records: Vec<CustomerRow>) -> Result<Vec<RowResult>> {
        let existing: Vec<bool> = records
            .iter()
            .map(|record| record.existing_id.is_some())
            .collect();
        let new_customers = records
            .into_iter()
            .filter(|record| record.existing_id.is_none());
        let (names, new_customers): (Vec<String>, Vec<NewCustomer>) = new_customers
            .map(|record| (record.name, record.new))
            .unzip();
        let created = if self.common.live {
            let create = |new| self.host.create_customer(new).map(|_| true);
            new_customers.into_iter().map(create).collect()
        } else {
            self.host.import_customers(new_customers)
        };
        let mut created = names.into_iter().zip(created);
        let mut results = Vec::with_capacity(existing.len());
        for existing in existing {
            let created = if existing { None } else { created.next() };
            results.push(match created {
                None => RowResult::Exists,
                Some((_, Ok(true))) => RowResult::Created,
                Some((_, Ok(false))) => RowResult::Exists,
                Some((name, Err(error))) => {
                    self.resolver.remember(&name, None);
                    RowResult::Rejected(reject_reason(error)?)
                }
            });
        }
        Ok(results)
    }

    fn preview(&self, record: &CustomerRow) -> Json {
        without_empty(serde_json::to_value(&record.new).unwrap_or_default())
    }
}

/// Removes null members and empty lists.
pub fn without_empty(mut value: Json) -> Json {
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, value| match value {
            Json::Null => false,
            Json::Array(list) => !list.is_empty(),
            _ => true,
        });
    }
    value
}

fn level(text: &str) -> Result<Level, String> {
    match text.to_lowercase().as_str() {
        "low" => Ok(Level::Low),
        "medium" => Ok(Level::Medium),
        "high" => Ok(Level::High),
        _ => Err(format!("level: “{text}” is not low, medium or high")),
    }
}

pub fn in_field(target: &'static str) -> impl Fn(String) -> String {
    move |problem| format!("{target}: {problem}")
}
