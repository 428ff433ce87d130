//! Required parameters (spec E 5.51, 5.52).

use super::super::convert::is_where;
use super::super::document::{DefinedResource, Parameter, ResourceType, Source, Target};
use super::super::refused::Refused;
use super::given::given;
use super::{Input, InputBody};

/// Checks that each required parameter has a value. System resources are not asked (spec E 5.52).
///
/// # Errors
/// Refuses the call and names the first parameter without value.
pub fn check_required(resource: &DefinedResource, input: &Input<'_>) -> Result<(), Refused> {
    if !matches!(resource.kind, ResourceType::Api | ResourceType::Hidden) {
        return Ok(());
    }
    for parameter in input.settings.definition().parameters.iter().chain(&resource.parameters) {
        let is_condition = is_where(parameter) && input.condition.is_some();
        let may_follow = may_follow(parameter, input.body);
        if is_asked(parameter) && !is_condition && !may_follow && given(parameter, input)?.is_none() {
            return Err(Refused::new(format!("required parameter '{}' not found", parameter.name)));
        }
    }
    Ok(())
}

/// Returns whether a part may still follow a file that is read as it arrives. It is asked for then.
fn may_follow(parameter: &Parameter, body: &InputBody) -> bool {
    let is_part = matches!(parameter.from, Source::Form | Source::Multipart | Source::File)
        && matches!(parameter.to, Some(Target::Multipart | Target::File));
    is_part && matches!(body, InputBody::Form(fields) if fields.iter().any(|field| field.rest.is_some()))
}

fn is_asked(parameter: &Parameter) -> bool {
    let has_other_source = matches!(
        parameter.from,
        Source::Configuration | Source::Literal | Source::PreviousBody | Source::PreviousBodyField | Source::None
    );
    let is_paging = matches!(parameter.name.as_str(), "page" | "pageSize" | "nextPage");
    parameter.required && !parameter.response && !has_other_source && !is_paging && parameter.to.is_some()
}
