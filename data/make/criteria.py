"""The eligibility criteria of the registry record; inclusion 9 (organ function) is split into its six parts."""

CRITERIA = {
    "INCL01": "Aged 18 years or older female",
    "INCL02": "ECOG score 0-1",
    "INCL03": "Life expectancy is not less than 12 weeks",
    "INCL04": "Histology confirmed HR-positive and HER2-negative locally advanced or metastatic breast cancer",
    "INCL05": "Premenopausal women have taken effective ovarian function suppression methods, such as drug suppression"
    " or ovariectomy",
    "INCL06": "At least one objectively measurable breast cancer lesions according to RECIST 1.1",
    "INCL07": "No more than one systemic chemotherapy for metastatic disease",
    "INCL08": "Disease relapse within 12 months after at least 24 months endocrine adjuvant therapy, or disease"
    " progress after at least 6 months endocrine salvage therapy",
    "INCL09A": "Hemoglobin >= 90 g/L",
    "INCL09B": "Neutrophil count (ANC) >= 1.5 x 10^9/L",
    "INCL09C": "Platelet count (PLT) >= 80 x 10^9/L",
    "INCL09D": "Total bilirubin <= 1.5 x ULN (upper limit of normal)",
    "INCL09E": "Alanine aminotransferase (ALT) and aspartate aminotransferase (AST) <= 2.5 x ULN (<= 5 x ULN if has"
    " liver metastasis)",
    "INCL09F": "Serum creatinine (Cr) <= 1.5 x ULN or creatinine clearance >= 60 mL/min (Cockcroft-Gault formula)",
    "INCL10": "Sign the informed consent",
    "EXCL01": "Have received prior fulvestrant or anti-angiogenic drug treatment, or known to be allergic to any"
    " excipients in the study",
    "EXCL02": "Visceral crisis",
    "EXCL03": "Uncontrolled or high-burden CNS metastases",
    "EXCL04": "Unable to swallow",
    "EXCL05": "Abnormal coagulation function",
    "EXCL06": "Tumor has invaded important blood vessels and may cause fatal bleeding",
    "EXCL07": "Pleural effusion or pericardial effusion that requiring repeated drainage",
    "EXCL08": "Hypertension that cannot be well controlled by a single antihypertensive drug",
    "EXCL09": "Unstable angina, myocardial infarction within 6 months, serious arrhythmias",
    "EXCL10": "The history of immunodeficiency, including HIV or other obtained or congenital immunodeficiency"
    " diseases, or a history of organ transplantation",
    "EXCL11": "Poorly controlled diabetes",
    "EXCL12": "Abnormal urine protein, and the 24-hour quantification suggests urine protein >= 1.0 g",
    "EXCL13": "Bleeding constitution or medical history",
    "EXCL14": "Unhealed wounds, ulcers or fractures",
    "EXCL15": "Have arterial/venous thrombotic events within 6 months, such as cerebrovascular accidents (including"
    " temporary ischemic attacks), deep vein thrombosis and pulmonary embolism",
    "EXCL16": "In other clinical trials of anti-tumor drugs simultaneously",
    "EXCL17": "Other concomitant disease or disability that endangers safety according to the judgment of investigator",
}
