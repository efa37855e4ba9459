# One contender in R: Rscript child.R FILE.R FOLDER; it speaks as child.py does.
arguments <- commandArgs(trailingOnly = TRUE)
source(arguments[1])
data <- load_input(arguments[2])
say <- function(numbers) {
  cat("[", paste(ifelse(is.na(numbers), "NaN", format(numbers, digits = 17, trim = TRUE)), collapse = ", "), "]\n", sep = "")
  flush(stdout())
}
least <- system.time(numbers <- run(data))[["elapsed"]]
times <- max(1, ceiling(0.1 / max(least, 0.001)))
say(as.numeric(numbers))
input <- file("stdin", "r")
while (length(readLines(input, n = 1)) > 0) {
  before <- proc.time()
  for (again in seq_len(times)) invisible(run(data))
  took <- (proc.time() - before) / times
  say(c(took[["elapsed"]], took[["user.self"]] + took[["sys.self"]]))
}
