//! Pictures as SVG. Colours are attributes, which a style sheet can replace, for instance in the dark.

use std::fmt::Display;

use elementkit::{Error, ErrorKind, Result};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::document::escaped;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

const ACCENT: RGBColor = RGBColor(0x0f, 0x76, 0x6e);
const LINE: RGBColor = RGBColor(0xdd, 0xe3, 0xe3);
const MUTED: RGBColor = RGBColor(0x55, 0x62, 0x63);
const TEXT: RGBColor = RGBColor(0x18, 0x21, 0x22);

/// Width of a picture.
const WIDTH: u32 = 560;
/// Height of pictures with axes.
const HEIGHT: u32 = 260;
/// Height of a bar with its distance to the next.
const ROW: u32 = 30;
/// Width of the labels of bars.
const LABELS: i32 = 190;
/// Width of the number behind a bar.
const NUMBER: i32 = 70;
/// Longest label of a bar, in characters.
const LABEL: usize = 25;
/// Size of the font with its lines, as the library counts.
const FONT: (&str, u32) = ("sans-serif", 17);

/// Draws bars with a label before and a number behind each.
pub(crate) fn bars(rows: &[(String, u64)]) -> Result<String> {
    let count = u32::try_from(rows.len()).unwrap_or_default();
    let widest = i32::try_from(WIDTH).unwrap_or_default() - LABELS - NUMBER;
    let most = rows.iter().map(|(_, number)| *number).max().unwrap_or_default().max(1);
    drawn(ROW * count.max(1), |area| {
        let mut middle = i32::try_from(ROW / 2).unwrap_or_default();
        for (label, number) in rows {
            // At most `widest`, and so within i32.
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
            let length = (*number as f64 / most as f64 * f64::from(widest)).round() as i32;
            let end = LABELS + length.max(1);
            area.draw(&Text::new(shortened(label), (LABELS - 10, middle), style(&TEXT, HPos::Right)))?;
            area.draw(&Rectangle::new([(LABELS, middle - 9), (end, middle + 9)], ACCENT.filled()))?;
            area.draw(&Text::new(crate::document::number(*number), (end + 6, middle), style(&MUTED, HPos::Left)))?;
            middle += i32::try_from(ROW).unwrap_or_default();
        }
        Ok(())
    })
}

/// Draws columns over dates, of which the first and the last are named.
pub(crate) fn columns(columns: &[(String, u64)]) -> Result<String> {
    let count = as_f64(columns.len() as u64);
    let most = as_f64(columns.iter().map(|(_, number)| *number).max().unwrap_or_default().max(1));
    drawn(HEIGHT, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .y_label_area_size(56)
            .x_label_area_size(24)
            .build_cartesian_2d(0.0..count, 0.0..most * 1.05)?;
        mesh(&mut chart, 0)?;
        let column = |(at, (_, number)): (usize, &(String, u64))| {
            let at = as_f64(at as u64);
            Rectangle::new([(at + 0.1, 0.0), (at + 0.9, as_f64(*number))], ACCENT.filled())
        };
        chart.draw_series(columns.iter().enumerate().map(column))?;
        let (left, bottom) = chart.backend_coord(&(0.0, 0.0));
        let (right, _) = chart.backend_coord(&(count, 0.0));
        let named = [
            columns.first().map(|first| (first, left, HPos::Left)),
            columns.last().map(|last| (last, right, HPos::Right)),
        ];
        let named = named.into_iter().flatten().take(columns.len());
        for ((date, _), x, side) in named {
            area.draw(&Text::new(date.clone(), (x, bottom + 17), style(&MUTED, side)))?;
        }
        Ok(())
    })
}

/// Draws a curve over a share in percent.
pub(crate) fn curve(points: &[(u8, u64)]) -> Result<String> {
    let most = as_f64(points.iter().map(|(_, number)| *number).max().unwrap_or_default().max(1));
    drawn(HEIGHT, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .margin_right(24)
            .y_label_area_size(56)
            .x_label_area_size(30)
            .build_cartesian_2d(0.0..100.0, 0.0..most * 1.05)?;
        mesh(&mut chart, 5)?;
        let points = points.iter().map(|(percent, number)| (f64::from(*percent), as_f64(*number)));
        chart.draw_series(AreaSeries::new(points, 0.0, ACCENT.mix(0.15)).border_style(ACCENT.stroke_width(2)))?;
        Ok(())
    })
}

type Failed<'a> = DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>;
type Chart<'a, 'b> = ChartContext<
    'a,
    SVGBackend<'b>,
    Cartesian2d<plotters::coord::types::RangedCoordf64, plotters::coord::types::RangedCoordf64>,
>;

/// Draws the axes, with so many labels on the horizontal one.
fn mesh<'b>(chart: &mut Chart<'_, 'b>, labels: usize) -> std::result::Result<(), Failed<'b>> {
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(LINE)
        .axis_style(LINE)
        .x_labels(labels)
        .y_labels(5)
        .x_label_formatter(&|share| crate::texts::with(crate::texts::PERCENT, &[&format!("{share:.0}")]))
        .y_label_formatter(&|number| shown(*number))
        .label_style(FONT.into_font().color(&MUTED))
        .draw()
}

/// Returns a number of an axis: whole, since people are counted.
fn shown(number: f64) -> String {
    if number.fract().abs() > f64::EPSILON { String::new() } else { format!("{number:.0}") }
}

fn style(color: &RGBColor, side: HPos) -> TextStyle<'static> {
    FONT.into_font().color(color).pos(Pos::new(side, VPos::Center))
}

/// Numbers of a picture are far below 2⁵³.
#[expect(clippy::cast_precision_loss)]
fn as_f64(number: u64) -> f64 {
    number as f64
}

fn shortened(label: &str) -> String {
    match label.char_indices().nth(LABEL) {
        Some((end, _)) => format!("{}…", label[..end].trim_end()),
        None => label.to_owned(),
    }
}

fn drawn(height: u32, act: impl for<'a> FnOnce(&Area<'a>) -> std::result::Result<(), Failed<'a>>) -> Result<String> {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
    let outcome = act(&area).and_then(|()| area.present());
    drop(area);
    let failed =
        |error: &dyn Display| Error::new(ErrorKind::Internal, format!("a picture could not be drawn: {error}"));
    outcome.map_err(|error| failed(&error))?;
    Ok(svg)
}

/// Returns a picture with a name and a description for people who do not see it.
pub(crate) fn described(svg: &str, id: &str, title: &str, description: &str) -> String {
    let (_, rest) = svg.split_once("viewBox=").unwrap_or_default();
    let (size, content) = rest.split_once('>').unwrap_or_default();
    let size = size.split('"').nth(1).unwrap_or_default();
    let (title, description) = (escaped(title), escaped(description));
    format!(
        "<svg class=\"picture\" role=\"img\" viewBox=\"{size}\" aria-labelledby=\"{id}-title {id}-desc\" \
         xmlns=\"http://www.w3.org/2000/svg\"><title id=\"{id}-title\">{title}</title>\
         <desc id=\"{id}-desc\">{description}</desc>{content}"
    )
}
