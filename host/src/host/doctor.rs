//! Examination of a host's file, plugins, compiled code, clock and disk. It writes nothing, so it works beside a
//! running host, and if none starts.

use std::path::Path;

use super::builder::cache_beside;
use crate::Blame;
use crate::error::Error;
use crate::model::*;
use crate::runtime::{Runtime, RuntimeConfig};
use crate::store::sqlite::Examiner;
use crate::store::{Result, StoreError};

/// Less free space than this is an error.
const LITTLE: u64 = 64 << 20;
/// Less free space than this is a warning.
const TIGHT: u64 = 1 << 30;

/// The options of an examination.
#[derive(Debug, Clone)]
pub struct DoctorOptions<'a> {
    /// The business's IANA time zone.
    pub time_zone: &'a str,
    /// The machine's time.
    pub now: Timestamp,
    /// Skip checks that read every row.
    pub quick: bool,
}

/// Examines a database and everything that a host on it needs. `look` receives the name of each longer check before it
/// starts, and the number of checks done and of all.
pub fn examine(
    database: &Path,
    checkup: &DoctorOptions<'_>,
    mut look: impl FnMut(&str, u64, u64),
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let journal = Examiner::journal(database);
    match Examiner::open(database) {
        Ok(examiner) => {
            findings.push(journal);
            findings.extend(examiner.findings(checkup.quick, &mut look));
            let looked = host(&examiner, database, checkup, &mut findings);
            if let Err(error) = looked {
                findings.push(Finding::error("file", sentence(&error), advice(&error)));
            }
        }
        Err(error) => {
            findings.extend(Some(journal).filter(|it| it.state != FindingState::Ok));
            findings.push(Finding::error("file", sentence(&error), advice(&error)));
        }
    }
    findings.extend(permissions(database));
    findings.push(zone(checkup.time_zone));
    findings.extend(disk(database));
    findings
}

/// Examines the file's content.
fn host(
    examiner: &Examiner,
    database: &Path,
    checkup: &DoctorOptions<'_>,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let running = super::is_running(database);
    let pending = examiner.pending()?;
    findings.push(match (running, pending) {
        (true, _) => Finding::ok(
            "host",
            format!("It runs; {pending} events wait for plugins."),
        ),
        (false, 0) => Finding::ok("host", "None runs, and no event waits."),
        (false, _) => Finding::warning(
            "host",
            format!("None runs, and {pending} events wait for plugins."),
            "start it: regulars serve",
        ),
    });
    let installations = examiner.installations()?;
    plugins(examiner, database, &installations, findings)?;
    findings.push(clock(checkup.now, examiner.latest_event_at()?));
    for name in examiner.time_zones()? {
        if jiff::tz::TimeZone::get(&name).is_err() {
            findings.push(Finding::warning(
                "time zones",
                format!(
                    "Some customers are in “{}”, which is not a time zone.",
                    crate::text::line(&name, 64)
                ),
                "give them an IANA name such as Europe/Berlin; until then they are taken to be in UTC",
            ));
        }
    }
    Ok(())
}

fn plugins(
    examiner: &Examiner,
    database: &Path,
    installations: &[Installation],
    findings: &mut Vec<Finding>,
) -> Result<()> {
    // Without a directory for compiled code: nothing is written.
    let runtime = match Runtime::new(RuntimeConfig::default()) {
        Ok(runtime) => runtime,
        Err(error) => {
            findings.push(Finding::error(
                "sandbox",
                capital(&error.into()),
                "report it",
            ));
            return Ok(());
        }
    };
    let deferred = examiner.deferred()?;
    for installation in installations {
        let check = format!("plugin {}", installation.id);
        let loads = match examiner.component(installation.digest)? {
            None => Err("Its component is not in the file.".to_owned()),
            Some(component)
                if Component::new(component.wasm.clone()).digest != component.digest =>
            {
                Err("Its component is not what was installed.".to_owned())
            }
            Some(component) => runtime
                .load(&component)
                .map(drop)
                .map_err(|error| format!("It does not load: {error}.")),
        };
        let of = deferred
            .iter()
            .find(|waiting| waiting.plugin == installation.id.as_str());
        let (waiting, dead) = of.map_or((0, 0), |of| (of.waiting, of.dead));
        findings.push(match (loads, waiting, dead) {
            (Err(problem), ..) => Finding::error(
                check,
                problem,
                format!(
                    "install it again: regulars plugin install FILE --id {} --replace",
                    installation.id
                ),
            ),
            (Ok(()), 0, 0) => Finding::ok(check, "It loads, and no event failed for good."),
            (Ok(()), waiting, 0) => Finding::ok(
                check,
                format!("It loads; {waiting} events are to be tried again."),
            ),
            (Ok(()), waiting, dead) => Finding::warning(
                check,
                format!(
                    "It loads; {waiting} events are to be tried again, and {dead} are not any more."
                ),
                "`regulars run deferred` says why",
            ),
        });
    }
    let digests: Vec<Digest> = installations.iter().map(|it| it.digest).collect();
    findings.push(cache(&runtime, &cache_beside(database), &digests));
    Ok(())
}

fn cache(runtime: &Runtime, dir: &Path, digests: &[Digest]) -> Finding {
    let check = "compiled code";
    let clear = format!(
        "remove {} while no server runs: it is filled again",
        dir.display()
    );
    let survey = match runtime.survey(dir, digests) {
        Ok(survey) => survey,
        Err(error) => {
            return Finding::error(
                check,
                format!("{} cannot be read: {error}.", dir.display()),
                "let this user read and write it",
            );
        }
    };
    if survey.open_to_others {
        return Finding::error(
            check,
            format!(
                "Others may write to {}, or it is theirs, and the code in it is run: no host starts.",
                dir.display()
            ),
            format!(
                "{clear}; then keep it for the user whom the host runs as: chmod 700 {}",
                dir.display()
            ),
        );
    }
    if survey.damaged > 0 {
        return Finding::warning(
            check,
            format!("{} files are damaged, and are not used.", survey.damaged),
            clear,
        );
    }
    if survey.stale > 0 {
        return Finding::warning(
            check,
            format!(
                "{} files, {} MiB, are of plugins or versions that are not used any more.",
                survey.stale,
                survey.stale_bytes.div_ceil(1 << 20)
            ),
            clear,
        );
    }
    let missing = digests.len() as u64 - survey.usable.min(digests.len() as u64);
    Finding::ok(
        check,
        match missing {
            0 => "It is there for every plugin.".to_owned(),
            _ => format!("It is missing for {missing} plugins; the next start compiles them."),
        },
    )
}

fn clock(now: Timestamp, latest: Option<Timestamp>) -> Finding {
    match latest {
        Some(latest) if latest > now => Finding::error(
            "clock",
            format!("It says {now}, which is before the latest event, {latest}."),
            "set the machine's clock, and keep it right with NTP: schedules and timers go by it",
        ),
        _ => Finding::ok("clock", format!("It says {now}, after every event.")),
    }
}

fn zone(name: &str) -> Finding {
    match jiff::tz::TimeZone::get(name) {
        Ok(_) => Finding::ok("time zone", format!("The business is in {name}.")),
        Err(_) => Finding::error(
            "time zone",
            format!("“{}” is not a time zone.", crate::text::line(name, 64)),
            "use an IANA name such as Europe/Berlin: --time-zone, or REGULARS_TIME_ZONE",
        ),
    }
}

#[cfg(unix)]
fn permissions(database: &Path) -> Option<Finding> {
    use std::os::unix::fs::PermissionsExt;
    let mode = database.metadata().ok()?.permissions().mode();
    let check = "permissions";
    Some(if mode & 0o077 == 0 {
        Finding::ok(check, "The file is for its owner alone.")
    } else {
        Finding::warning(
            check,
            "Others may read the file, and it is about people.",
            format!("chmod 600 {}", database.display()),
        )
    })
}

#[cfg(not(unix))]
fn permissions(_database: &Path) -> Option<Finding> {
    None
}

#[cfg(unix)]
fn disk(database: &Path) -> Option<Finding> {
    let directory = database
        .parent()
        .filter(|parent| *parent != Path::new(""))
        .unwrap_or(Path::new("."));
    let room = rustix::fs::statvfs(directory).ok()?;
    let free = room.f_bavail.saturating_mul(room.f_frsize);
    let size = database.metadata().map_or(0, |it| it.len());
    let check = "disk";
    let found = format!("{} MiB are free.", free >> 20);
    let room = "make room on the disk: where it is full, nothing new is taken";
    Some(if free < LITTLE {
        Finding::error(check, found, room)
    } else if free < TIGHT.max(size) {
        Finding::warning(
            check,
            format!("{found} The database has {} MiB.", size >> 20),
            room,
        )
    } else {
        Finding::ok(check, found)
    })
}

#[cfg(not(unix))]
fn disk(_database: &Path) -> Option<Finding> {
    None
}

fn sentence(error: &StoreError) -> String {
    format!("{}.", capital(&Error::from(error.clone())))
}

fn capital(error: &Error) -> String {
    let text = crate::text::line(&error.to_string(), 400);
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Returns the advice for an error. Most errors contain it themselves.
fn advice(error: &StoreError) -> &'static str {
    match error {
        StoreError::Corrupt(_) => {
            "stop the server, keep a copy of the file, and restore a backup: \
             regulars restore FILE"
        }
        _ if error.blame() == Blame::Host => "look into the system's log, then look again",
        _ => "mend that, then look again: the rest could not be looked at",
    }
}
