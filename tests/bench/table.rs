use std::fmt;

/// One measured figure.
struct Row {
    what: String,
    unit: &'static str,
    median: f64,
    p99: Option<f64>,
    min: f64,
    max: f64,
    note: String,
}

/// A measurement.
#[derive(Default)]
pub struct Table {
    rows: Vec<Row>,
}

impl Table {
    /// Adds a figure from its repetitions; gives the median.
    pub fn add(&mut self, what: &str, unit: &'static str, repetitions: &[f64], note: &str) -> f64 {
        self.add_with_p99(what, unit, repetitions, None, note)
    }

    /// Adds a figure with the 99th percentile of its single measurements.
    pub fn add_with_p99(
        &mut self,
        what: &str,
        unit: &'static str,
        repetitions: &[f64],
        p99: Option<f64>,
        note: &str,
    ) -> f64 {
        let mut sorted = repetitions.to_vec();
        sorted.sort_by(f64::total_cmp);
        let median = sorted[sorted.len() / 2];
        eprintln!("{what}: {median:.2} {unit}");
        self.rows.push(Row {
            what: what.to_owned(),
            unit,
            median,
            p99,
            min: sorted[0],
            max: sorted[sorted.len() - 1],
            note: note.to_owned(),
        });
        median
    }

    pub fn json(&self) -> String {
        let rows: Vec<serde_json::Value> = self
            .rows
            .iter()
            .map(|row| {
                serde_json::json!({
                    "what": row.what, "unit": row.unit, "median": row.median, "p99": row.p99,
                    "min": row.min, "max": row.max, "note": row.note,
                })
            })
            .collect();
        serde_json::Value::Array(rows).to_string()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| what | median | p99 | min – max | unit | |\n|---|---:|---:|---|---|---|"
        )?;
        for row in &self.rows {
            let p99 = row.p99.map_or(String::new(), number);
            writeln!(
                f,
                "| {} | {} | {p99} | {} – {} | {} | {} |",
                row.what,
                number(row.median),
                number(row.min),
                number(row.max),
                row.unit,
                row.note
            )?;
        }
        Ok(())
    }
}

fn number(value: f64) -> String {
    match value.abs() {
        value if value >= 1000.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

/// The value below which 99 of 100 lie. Sorts.
pub fn percentile(values: &mut [f64], percent: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let index = (values.len() as f64 * percent / 100.0) as usize;
    values[index.min(values.len() - 1)]
}
