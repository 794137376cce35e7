"""Why a policy file is refused, and how to mend it. zh-CN in access_log/locales/zh_CN/policy.po; {braces} are facts of the problem."""

PROBLEMS: dict[str, str] = {
    "after_name": "{given} is longer than the name is kept ({name}), and goes with it. Shorten it, or keep the name longer.",
    "alias": "Anchors and aliases (& and *) are not taken. Write the value out where it belongs.",
    "bound_zero": "A floor of no time asks for nothing. Give a period such as P6M, or delete the bound.",
    "channel_group": (
        "{given} is an open group: who asks there tells everybody in it. Name channels that one person reads, such as desk, mail or phone."
    ),
    "consent_not_optional": (
        "All its purposes rest on consent, so people may refuse it and still come in (PIPL art. 16). Add optional: true, or "
        "name another basis."
    ),
    "control_characters": "There is a character here that cannot be seen or turns the direction of the text. Type the line again.",
    "directive": "A line that begins with % is not taken. Delete it.",
    "double_id": "{given} stands in line {line} already. Give each its own id.",
    "double_key": "This key stands in line {line} already, and only one of them would count. Delete one.",
    "empty": "The file is empty. Begin with: access-log policy show > policy.yaml",
    "field_missing": "The product records {field}, so the policy has to say why and for how long. Add it; the default file shows how.",
    "floor_above_ceiling": (
        "This floor asks to keep {field} for {given}, but the ceiling {bound} promises that nothing is kept longer than {most}. "
        "Lower the floor, or raise the ceiling and publish that."
    ),
    "key_shape": "A key has to be one word.",
    "lang_missing": "The product shows every notice in {language} too. Add it.",
    "lang_unknown": "The product does not speak {language}. It speaks: {known}.",
    "memory_kept": "It is looked at and dropped, never stored: the period can only be P0D.",
    "missing": "This key is missing or empty.",
    "need_above_ceiling": "{given} is longer than the ceiling {bound} allows ({most}). Shorten it, or raise the ceiling.",
    "need_above_shortest": (
        "{given} is longer than necessary: the rule {bound} allows {most} unless a floor asks for more. Shorten it, or name the floor."
    ),
    "need_zero": "A period of no time would delete it before anybody could use it. Give one, such as PT24H.",
    "never_and_field": "It is listed under never and under fields. The product has no place for it: delete it here.",
    "no_basis": "A purpose without a legal basis (none) is for settings only. Name a purpose that has one.",
    "not_a_date": "{given} is no date. Write it as 2026-12-01.",
    "not_a_list": "A list of names belongs here, such as [gate, safety].",
    "not_a_mapping": "The file has to begin with keys, such as policy: and controller:.",
    "not_a_mapping_here": "Keys and values belong here, one a line and indented.",
    "not_a_region": "{given} is no region. Write the two capital letters of the country where the data is stored, such as CN.",
    "not_a_version": "{given} cannot name a version. Use up to 32 letters, digits, dots, dashes and underscores, such as 2026-12.",
    "not_an_id": "{given} cannot be an id. Use small letters, digits, dashes and underscores, beginning with a letter.",
    "not_bool": "{given} is neither true nor false.",
    "not_one_of": "{given} is not known here. Take one of: {known}.",
    "not_text": "A text belongs here.",
    "not_utf8": "The file is not UTF-8 from this line on (it may be GBK). Save it as UTF-8.",
    "not_whole": "{given} is no whole number from {low} to {high}.",
    "not_with_name": (
        "It leads back to the person, so it is deleted on the same day as the name ({name}). Give it the same period and the same floors."
    ),
    "not_yaml": "This is not YAML: {why}.",
    "optional_without_consent": (
        "Something optional rests on consent, but one of its purposes has another basis. Use a purpose with basis: consent."
    ),
    "outer_long": "It is at most {most}: by then every request has been answered, whatever happened.",
    "period_long": "{given} is longer than a hundred years.",
    "period_shape": (
        "{given} is no period. Write P6M for six months, P30D for thirty days, PT24H for twenty-four hours, P3Y for three years."
    ),
    "product_differs": "The policy says {given}, but the product does {does}. A policy cannot promise what does not run.",
    "purpose_unused": "No field has this purpose. Delete it, or name it where it is needed.",
    "second_document": "A second document begins here (---). One file holds one policy.",
    "seen_twice": "{given} stands here twice (staff holds every role). Name each once.",
    "shows_less_to": "The policy says that {viewer} sees {given}, but the product shows {does}: people have to be told.",
    "shows_more": "The policy says {given}, but the most that ever leaves the product is {does}.",
    "shows_more_to": "The policy says that {viewer} sees {given}, but the most the product shows is {does}.",
    "supersedes_itself": "A version cannot replace itself. Name the one in force, or leave it empty.",
    "tag": "The tag {tag} is not taken. Write the plain value.",
    "text_long": "The text is longer than {most} characters.",
    "too_deep": "The file is nested more than {most} levels deep.",
    "too_long": "The file has {bytes} bytes; the most that is read is {most} KiB.",
    "too_many": "The file has more than {most} values.",
    "twice_in_list": "{given} stands in this list twice.",
    "unknown_field": "The product records nothing of this name, so nothing would carry it out. It knows: {known}.",
    "unknown_field_here": "{given} is not among the fields of this policy.",
    "unknown_key": "This key is not known. Here stand: {known}.",
    "unknown_key_near": "This key is not known. Is {near} meant?",
    "unknown_profile": "No bound has when: {given}. Profiles there are: {known}.",
    "unknown_purpose": "{given} is not among the purposes of this policy.",
    "utf16": "The file is UTF-16. Save it as UTF-8.",
}

CHANGES: dict[str, str] = {
    "answer_changed": "Requests are answered within {after} working days (before: {before})",
    "basis_changed": "The legal basis of “{item}” changes",
    "change_notice_changed": "People are told of changes {after} before (until now: {before})",
    "channel_gone": "One way to make a request less: {item}",
    "channel_new": "One more way to make a request: {item}",
    "contact_changed": "Who to turn to is written differently",
    "contract_changed": "Contract or contact of a recipient changes: {item}",
    "contract_end_changed": "A recipient is given data until another day: {item}",
    "controller_changed": "Somebody else answers for your data",
    "exported_less": "Less of it leaves in reports: {name}",
    "exported_more": "More of it leaves in reports: {name}",
    "field_added": "Newly processed: {name}",
    "field_removed": "No longer processed: {name}",
    "given_for_less": "{name} is given data for one purpose less: {item}",
    "given_for_more": "{name} is given data for one more purpose: {item}",
    "given_less": "{name} is no longer given: {item}",
    "given_more": "{name} is also given: {item}",
    "kept_longer": "Kept longer: {name}, {after} (before: {before})",
    "kept_shorter": "Kept for a shorter time: {name}, {after} (before: {before})",
    "never_added": "One more thing that is never recorded: {item}",
    "never_removed": "No longer among what is never recorded: {item}",
    "optional_changed": "Whether this is voluntary changes: {name}",
    "outer_changed": "The latest day for an answer is {after} after receipt (before: {before})",
    "promise_changed": "A promised limit changes: {item}, {after} (before: {before})",
    "promise_gone": "A promised limit is gone: {item}",
    "promise_new": "A new promised limit: {item}",
    "purpose_added": "{name} is also used for: {item}",
    "purpose_gone": "No longer a purpose: {item}",
    "purpose_new": "A new purpose: {item}",
    "purpose_removed": "{name} is no longer used for: {item}",
    "recipient_gone": "No longer a recipient: {item}",
    "recipient_new": "A new recipient: {item}",
    "region_changed": "Data is stored in {after} (before: {before})",
    "reworded": "Described differently, read it again: {name}",
    "seen_less": "{item} sees less of it: {name}",
    "seen_more": "{item} sees more of it: {name}",
    "sensitive_changed": "Whether this counts as sensitive changes: {item}",
    "source_reworded": "The legal source is written differently: {item}",
}
"""What a new version changes, for the people it is about. Names in it are those of the policy in the reader's language."""
