//! Backups as files, and dry runs of transformations.

use elementkit::{Assets, Direction, Error, ErrorKind, ImportOptions, Layout, Level, Platform};
use serde_json::{Value, json};

use crate::args::{Export, Import, Target, Transform, Try};
use crate::exit::Outcome;
use crate::{input, output};

pub async fn import(target: &Target, options: Import) -> Outcome {
    // All files are read before the first call.
    let assets = Assets::read(&options.path)?;
    let platform = target.platform().await?;
    let outcome = bring_in(&platform, &assets, &options).await;
    platform.close().await;
    outcome
}

async fn bring_in(platform: &Platform, assets: &Assets, options: &Import) -> Outcome {
    let id = match options.level.as_str() {
        "account" => options.account,
        "instance" => options.instance,
        _ => None,
    };
    let level = Some(Level::named(&options.level, id)?);
    let places = ImportOptions { level, account: options.account, instance: options.instance, check: options.check };
    let report = platform.import_assets(assets, places).await?;
    if options.json {
        let mut view = json!({
            "created": report.created,
            "replaced": report.replaced,
            "dropped": report.dropped,
            "skipped": report.skipped,
        });
        if options.check {
            view["unchanged"] = json!(report.unchanged);
        }
        return output::json(&view);
    }
    let [created, replaced] = match options.check {
        true => ["would be created", "would be replaced"],
        false => ["created", "replaced"],
    };
    let lines = [
        (created, &report.created),
        (replaced, &report.replaced),
        ("would stay", &report.unchanged),
        ("left out, not defined", &report.dropped),
        ("passed over", &report.skipped),
    ];
    lines
        .into_iter()
        .flat_map(|(what, parts)| parts.iter().map(move |part| (what, part)))
        .try_for_each(|(what, part)| output::line(&format!("{what}: {part}")))
}

pub async fn export(target: &Target, options: Export) -> Outcome {
    let platform = target.platform().await?;
    let outcome = async {
        let assets = platform.export_assets(options.account, options.instance).await?;
        assets.write_as(&options.folder, Layout::named(&options.layout)?)?;
        let counts = [
            (assets.names().count(), "object"),
            (assets.element_keys().count(), "element"),
            (assets.formula_names().count(), "formula"),
        ];
        let written = counts.iter().enumerate().filter(|(position, (count, _))| *position == 0 || *count > 0);
        let counted = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let written: Vec<String> = written.map(|(_, (count, what))| counted(*count, what)).collect();
        output::line(&format!("Wrote {} to {}.", written.join(", "), options.folder.display()))
    }
    .await;
    platform.close().await;
    outcome
}

pub async fn transform(target: &Target, command: Transform) -> Outcome {
    let Transform::Try(options) = command;
    let record = record(&options)?;
    let platform = target.platform().await?;
    let outcome = try_out(&platform, &options, record).await;
    platform.close().await;
    outcome
}

async fn try_out(platform: &Platform, options: &Try, record: Value) -> Outcome {
    let transformations = match options.instance {
        Some(instance) => platform.transformations(Level::Instance(instance)),
        None => platform.transformations(Level::Organization).element(&options.element),
    };
    let direction = if options.to_vendor { Direction::ToVendor } else { Direction::FromVendor };
    let after = transformations.execute(&options.object, &record, direction).await?;
    if options.json {
        return output::json(&json!({"before": record, "after": after}));
    }
    output::line(&format!("before\n{record:#}\nafter\n{after:#}"))
}

/// Returns the record from the argument, or from standard input.
fn record(options: &Try) -> Outcome<Value> {
    let given = options.record.as_deref().unwrap_or("-");
    let text = input::text(given, "a record as JSON")?;
    let wrong = |error| {
        let wrong = Error::new(ErrorKind::Config, format!("the record is not valid JSON: {error}"));
        let is_file = std::path::Path::new(given).is_file();
        if is_file { wrong.with_hint(format!("To read the file, write @{given}.")) } else { wrong }
    };
    Ok(serde_json::from_str(&text).map_err(wrong)?)
}
