suppressPackageStartupMessages(library(data.table))
setDTthreads(1)
load_input <- function(folder) fread(file.path(folder, "adae.csv"), na.strings = "")
count <- function(worst, grade) {
  list(.0, sum(worst), sum(worst & grade == 1, na.rm = TRUE), sum(worst & grade == 2, na.rm = TRUE),
       sum(worst & grade == 3, na.rm = TRUE), sum(worst & grade == 4, na.rm = TRUE),
       sum(worst & grade == 5, na.rm = TRUE), sum(worst & is.na(grade)))
}
run <- function(data) {
  events <- data[SAFFL == "Y" & TRTEMFL == "Y"]
  level <- function(flag, by) {
    found <- events[, c(list(n = .N), count(get(flag) == "Y", ATOXGRN)[-1]), by = by]
    names(found)[(ncol(found) - 7):ncol(found)] <- paste0("c", 1:8)
    for (name in setdiff(c("AEBODSYS", "AEDECOD"), by)) found[, (name) := ""]
    found
  }
  all <- rbindlist(list(level("AOCCFL", character()), level("AOCCSFL", "AEBODSYS"),
                        level("AOCCPFL", c("AEBODSYS", "AEDECOD"))), use.names = TRUE)
  setorder(all, AEBODSYS, AEDECOD)
  as.vector(t(as.matrix(all[, paste0("c", 1:8), with = FALSE])))
}
