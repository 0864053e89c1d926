"""The words by which a goal says what kind of work it asks for: `*` ends a stem, `_` stands for a space."""

import re


def words(listed: str) -> "re.Pattern[str]":
    """Return a pattern that finds any of these words, in either case."""
    parts = [re.escape(each).replace(r"\*", r"[\w'-]*").replace("_", r"[\s-]+") for each in listed.split()]
    return re.compile(rf"\b({'|'.join(parts)})\b", re.IGNORECASE)


SUMMARY = words(
    "summar* overview digest key_points key_facts main_points main_ideas main_facts tldr tl;dr gist recap* condense*"
    " brief_on brief_of briefing takeaways highlights"
)
EXACT = words(
    "comput* calculat* count* how_many how_much how_often how_long how_old how_far sum sums total* average* mean median"
    " maxim* minim* sort* dedup* duplicate* unique convert* extract* filter* group* merge* join split* renam* replac*"
    " number_the numbered reverse* prime primes fibonacci factori* divis* percent* weekday* leap_year days_between"
    " days_from days_until days_are search* mention* contain* occur* longest shortest largest smallest most_frequent"
    " most_common frequen* matrix square* cube* list_all find_all list_every collect get_all show_all todo todos"
    " line_number* e-mail_addresses email_addresses table_of_contents histogram random* encode* decode* hash*"
    " sha256 md5 base64 hexadecimal binary roman_numeral* gcd lcm simulat* roll anagram* palindrome* each_once"
    " transpose* round multipl* add_up subtract* seconds minutes"
    " kilomet* miles celsius fahrenheit ascending descending alphabet*"
)
PROSE = words(
    "haiku poem limerick sonnet story tale letter e-mail_to email_to essay article blog* speech slogan tagline joke"
    " song lyrics invitation announcement press_release cover_letter translat* rewrit* rephras* paraphras* explain*"
    " describ* introduc* propos* advice recommend* opinion review documentation tutorial guide faq dialogue checklist"
    " recipe agenda plan idea ideas names_for description compar* pros_and_cons minutes_of memo thank* apolog* toast"
)
FUNCTION = words(
    "a_function_for_later function_for_later functions_for_later save_it_as_a_function reusable_function"
    " function_i_can_call function_for_the_library function_to_the_library"
)
WRITES_FUNCTION = words("write_a_function build_a_function make_a_function create_a_function add_a_function teach*")
REPLACES = words("renam* replac* substitut* sort* number_the renumber* remov* delet*")
METHOD = words("how step steps method working explain* derivation program code show_your show_me_how")
SOURCES = words("source sources cite cites cited citing citation citations reference references")
REACHES_OUT = words(
    "ask_me ask_us ask_the_user search_the_web search_online search_memory google the_internet on_the_web github"
    " from_memory web_search"
)
