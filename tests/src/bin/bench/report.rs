//! What is printed.

use serde_json::Value;

/// Prints a row when it is there.
pub fn show(row: Value) -> Value {
    println!("{row}");
    row
}

/// The rows as a table.
pub fn table(rows: &[Value]) -> String {
    let columns = [
        ("who", "who"),
        ("direction", "direction"),
        ("work", "work"),
        ("records_per_s", "records/s"),
        ("cpu_s_per_million", "CPU s/M"),
        ("peak_mib", "peak MiB"),
        ("first_answer_ms", "REST ms"),
        ("first_record_ms", "record ms"),
    ];
    self::columns(&columns, rows)
}

/// These keys of the rows under their titles.
pub fn columns(columns: &[(&str, &str)], rows: &[Value]) -> String {
    let mut text: String = columns.iter().map(|(_, title)| format!("{title:>14}")).collect();
    text.push('\n');
    for row in rows {
        let cell = |(key, _): &(&str, &str)| match &row[key] {
            Value::String(s) => format!("{s:>14}"),
            Value::Null => format!("{:>14}", "-"),
            number => format!("{:>14}", number.to_string().trim_end_matches(".0")),
        };
        text.extend(columns.iter().map(cell));
        text.push('\n');
    }
    text
}

/// Each against each, on the same work in the same direction.
pub fn ratios(rows: &[Value]) -> String {
    let mut text = String::new();
    for (who, other) in [("ferry", "jvm"), ("ferry", "raw"), ("raw", "jvm")] {
        for row in rows.iter().filter(|row| row["who"] == who) {
            let same =
                |r: &&Value| r["who"] == other && ["direction", "work"].iter().all(|key| r[key] == row[key]);
            let Some(beside) = rows.iter().find(same) else { continue };
            let of = |key: &str| Some(row[key].as_f64()? / beside[key].as_f64()?);
            if let (Some(rate), Some(cpu)) = (of("records_per_s"), of("cpu_s_per_million")) {
                let (direction, work) = (&row["direction"], &row["work"]);
                text.push_str(&format!(
                    "{direction} {work}: {who} has {rate:.2} × the rate of {other} and 1/{:.1} of its CPU per record\n",
                    1.0 / cpu
                ));
            }
        }
    }
    text
}
